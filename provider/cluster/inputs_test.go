package cluster

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestValidateName(t *testing.T) {
	t.Parallel()
	for name, ok := range map[string]bool{
		"prod": true, "Prod_1-": true, "": false, "-prod": false, "pröd": false, "a b": false,
	} {
		if got := len(ValidateName("clusterName", name)) == 0; got != ok {
			t.Errorf("name %q accepted: got %t, want %t", name, got, ok)
		}
	}
	for version, ok := range map[string]bool{"1.35": true, "1.9": false, "v1.35": false, "1.35.4": false, "": false} {
		if got := len(ValidateVersion("version", version)) == 0; got != ok {
			t.Errorf("version %q accepted: got %t, want %t", version, got, ok)
		}
	}
}

func TestKubeconfig(t *testing.T) {
	t.Parallel()
	got, err := Kubeconfig(Connection{
		ClusterName: "prod", Region: "eu-central-1", Endpoint: "https://example", CertificateAuthorityData: "Q0E=",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"apiVersion":"v1","kind":"Config",` +
		`"clusters":[{"name":"prod","cluster":{"server":"https://example","certificate-authority-data":"Q0E="}}],` +
		`"contexts":[{"name":"prod","context":{"cluster":"prod","user":"prod"}}],"current-context":"prod",` +
		`"users":[{"name":"prod","user":{"exec":{"apiVersion":"client.authentication.k8s.io/v1beta1","command":"aws",` +
		`"args":["--region","eu-central-1","eks","get-token","--cluster-name","prod","--output","json"],` +
		`"interactiveMode":"IfAvailable"}}}]}`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("kubeconfig (-want +got):\n%s", diff)
	}
}
