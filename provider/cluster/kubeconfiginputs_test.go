package cluster

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func TestValidateKubeconfigSettings(t *testing.T) {
	t.Parallel()
	const proxyForm = "kubeconfigSettings.proxyUrl: must be a URL with the scheme http, https or socks5 and a host, " +
		"such as http://proxy.example.com:3128"
	tests := map[string]struct {
		name, value string
		want        []string
	}{
		"a role":        {name: "roleArn", value: "arn:aws:iam::123456789012:role/team/ops"},
		"a profile":     {name: "profileName", value: "staging"},
		"a proxy":       {name: "proxyUrl", value: "http://proxy.example.com:3128"},
		"a SOCKS proxy": {name: "proxyUrl", value: "socks5://127.0.0.1:1080"},
		"a user": {
			name: "roleArn", value: "arn:aws:iam::123456789012:user/ann",
			want: []string{"kubeconfigSettings.roleArn: must be the ARN of an IAM role, for users cannot be taken; got " +
				`"arn:aws:iam::123456789012:user/ann"`},
		},
		"a session": {
			name: "roleArn", value: "arn:aws:sts::123456789012:assumed-role/ops/ann",
			want: []string{"kubeconfigSettings.roleArn: must be the ARN of an IAM role or user, and not of a session; got " +
				`"arn:aws:sts::123456789012:assumed-role/ops/ann", give the session's role, ` +
				"arn:aws:iam::123456789012:role/ops, with its path if it has one"},
		},
		"no profile": {
			name: "profileName",
			want: []string{"kubeconfigSettings.profileName: must be the name of a profile; leave it out for none"},
		},
		"a proxy without a scheme": {name: "proxyUrl", value: "proxy.example.com:3128", want: []string{proxyForm}},
		"a proxy that is none":     {name: "proxyUrl", value: "ftp://ann:password@example.com", want: []string{proxyForm}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			raw := given(map[string]property.Value{test.name: property.New(test.value)})
			compareViolations(t, test.want, (*KubeconfigSpec)(nil).Validate("kubeconfigSettings", raw))
		})
	}
}

func TestUnknownIdentity(t *testing.T) {
	t.Parallel()
	name := pulumi.String("x")
	tests := map[string]struct {
		spec     *KubeconfigSpec
		explicit bool
		want     bool
	}{
		"the default provider":  {},
		"an explicit one":       {explicit: true, want: true},
		"with a proxy only":     {spec: &KubeconfigSpec{ProxyUrl: name}, explicit: true, want: true},
		"with a role":           {spec: &KubeconfigSpec{RoleArn: name}, explicit: true},
		"with a profile's name": {spec: &KubeconfigSpec{ProfileName: name}, explicit: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := len(test.spec.UnknownIdentity(test.explicit)) == 1; got != test.want {
				t.Errorf("warned: got %t, want %t", got, test.want)
			}
		})
	}
}

// TestKubeconfigSettings reads what TestKubeconfig does not give.
func TestKubeconfigSettings(t *testing.T) {
	t.Parallel()
	got, err := Kubeconfig(Connection{
		ClusterName: "prod", Region: "eu-central-1", Endpoint: "https://example", CertificateAuthorityData: "Q0E=",
		RoleArn: "arn:aws:iam::123456789012:role/ops", ProfileName: "staging", ProxyURL: "socks5://127.0.0.1:1080",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"apiVersion":"v1","kind":"Config",` +
		`"clusters":[{"name":"prod","cluster":{"server":"https://example","certificate-authority-data":"Q0E=",` +
		`"proxy-url":"socks5://127.0.0.1:1080"}}],` +
		`"contexts":[{"name":"prod","context":{"cluster":"prod","user":"prod"}}],"current-context":"prod",` +
		`"users":[{"name":"prod","user":{"exec":{"apiVersion":"client.authentication.k8s.io/v1beta1","command":"aws",` +
		`"args":["--region","eu-central-1","--profile","staging","eks","get-token","--cluster-name","prod","--output",` +
		`"json","--role-arn","arn:aws:iam::123456789012:role/ops"],"interactiveMode":"IfAvailable"}}}]}`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("kubeconfig (-want +got):\n%s", diff)
	}
}
