// HTTPS servers on loopback that ask for client certificates in every way that Go knows.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"os"
	"strings"
)

func main() {
	certificate, err := tls.LoadX509KeyPair(os.Args[1], os.Args[2])
	if err != nil {
		panic(err)
	}
	pem, err := os.ReadFile(os.Args[3])
	if err != nil {
		panic(err)
	}
	clients := x509.NewCertPool()
	clients.AppendCertsFromPEM(pem)
	ways := map[string]tls.ClientAuthType{
		"Request":          tls.RequestClientCert,
		"RequireAny":       tls.RequireAnyClientCert,
		"VerifyIfGiven":    tls.VerifyClientCertIfGiven,
		"RequireAndVerify": tls.RequireAndVerifyClientCert,
	}
	versions := map[string]uint16{"TLSv1.2": tls.VersionTLS12, "TLSv1.3": tls.VersionTLS13}
	for _, words := range os.Args[4:] {
		parts := strings.SplitN(words, " ", 3)
		port, version := parts[0], versions[parts[1]]
		way, without, _ := strings.Cut(parts[2], " ")
		config := &tls.Config{
			Certificates: []tls.Certificate{certificate},
			ClientAuth:   ways[way],
			MinVersion:   version,
			MaxVersion:   version,
		}
		if without == "" {
			config.ClientCAs = clients
		}
		listener, err := tls.Listen("tcp", "127.0.0.1:"+port, config)
		if err != nil {
			panic(err)
		}
		go http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }))
	}
	select {}
}
