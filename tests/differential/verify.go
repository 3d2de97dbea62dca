// Verify says for each line of standard input, a case in JSON, what crypto/x509 makes of it: "ok", or why not.
package main

import (
	"bufio"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"
)

type question struct {
	Leaf          []byte
	Others, Roots [][]byte
	Now           time.Time
	Purpose       string
}

var purposes = map[string]x509.ExtKeyUsage{"server": x509.ExtKeyUsageServerAuth, "client": x509.ExtKeyUsageClientAuth, "any": x509.ExtKeyUsageAny}

func pool(ders [][]byte) *x509.CertPool {
	found := x509.NewCertPool()
	for _, der := range ders {
		if certificate, err := x509.ParseCertificate(der); err == nil {
			found.AddCert(certificate)
		}
	}
	return found
}

func verdict(line []byte) string {
	var q question
	if err := json.Unmarshal(line, &q); err != nil {
		panic(err)
	}
	leaf, err := x509.ParseCertificate(q.Leaf)
	if err == nil {
		usages := []x509.ExtKeyUsage{purposes[q.Purpose]}
		_, err = leaf.Verify(x509.VerifyOptions{Roots: pool(q.Roots), Intermediates: pool(q.Others), CurrentTime: q.Now, KeyUsages: usages})
	}
	if err != nil {
		return strings.ReplaceAll(err.Error(), "\n", " ")
	}
	return "ok"
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<26)
	for lines.Scan() {
		fmt.Println(verdict(lines.Bytes()))
	}
}
