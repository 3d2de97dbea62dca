// Lints certificates, one a line in Base64, and prints what zlint says of each as JSON.
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"

	"github.com/zmap/zcrypto/x509"
	"github.com/zmap/zlint/v3"
	"github.com/zmap/zlint/v3/lint"
)

type said struct {
	Unreadable string            `json:"unreadable,omitempty"`
	Lints      map[string]string `json:"lints,omitempty"`
}

func main() {
	registry, err := lint.GlobalRegistry().Filter(lint.FilterOptions{
		IncludeSources: lint.SourceList{lint.RFC3279, lint.RFC5280, lint.RFC5480, lint.RFC5891, lint.RFC6962, lint.RFC8813, lint.CABFBaselineRequirements, lint.CABFEVGuidelines, lint.MozillaRootStorePolicy, lint.AppleRootStorePolicy, lint.Community},
	})
	if err != nil {
		panic(err)
	}
	if len(os.Args) > 1 {
		for _, l := range registry.CertificateLints().Lints() {
			fmt.Println(l.Name, "\t", l.Source, "\t", l.EffectiveDate.Format("2006-01-02"), "\t", l.IneffectiveDate.Format("2006-01-02"), "\t", l.Description)
		}
		return
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		der, err := base64.StdEncoding.DecodeString(lines.Text())
		if err != nil {
			panic(err)
		}
		out.Encode(judged(der, registry))
	}
}

func judged(der []byte, registry lint.Registry) (found said) {
	defer func() {
		if reason := recover(); reason != nil {
			found = said{Unreadable: fmt.Sprint("zlint crashed: ", reason)}
		}
	}()
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return said{Unreadable: err.Error()}
	}
	lints := map[string]string{}
	for name, result := range zlint.LintCertificateEx(certificate, registry).Results {
		if result.Status > lint.NE {
			lints[name] = result.Status.String()
		}
	}
	return said{Lints: lints}
}
