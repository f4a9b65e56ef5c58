package pki_test

import (
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/pki"
)

// serve starts a TLS server with a certificate of a new authority, and returns that authority too.
func serve(t *testing.T) (*httptest.Server, *pki.Authority) {
	t.Helper()
	authority, err := pki.NewAuthority("test")
	if err != nil {
		t.Fatal(err)
	}
	pair, err := authority.Serving("server", []string{"localhost"}, []net.IP{net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := tls.X509KeyPair(pair.Certificate, pair.Key)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	t.Cleanup(server.Close)
	return server, authority
}

func get(t *testing.T, url string, authority *pki.Authority) error {
	t.Helper()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(authority.Certificate) {
		t.Fatal("the authority's certificate is not PEM")
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	defer transport.CloseIdleConnections()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return err
	}
	return response.Body.Close()
}

func TestClientsOfTheAuthorityTrustTheServer(t *testing.T) {
	t.Parallel()
	server, authority := serve(t)
	if err := get(t, server.URL, authority); err != nil {
		t.Error(err)
	}
	other, err := pki.NewAuthority("other")
	if err != nil {
		t.Fatal(err)
	}
	if err := get(t, server.URL, other); err == nil {
		t.Error("a client of another authority trusts the server")
	}
}

func TestSigningKeyIsRSA(t *testing.T) {
	t.Parallel()
	encoded, err := pki.SigningKey()
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(encoded)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if rsaKey, ok := key.(*rsa.PrivateKey); !ok || rsaKey.N.BitLen() != 2048 {
		t.Errorf("got a %T, want an RSA key of 2048 bits", key)
	}
}
