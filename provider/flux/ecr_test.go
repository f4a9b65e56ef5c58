package flux

import "testing"

func TestSignsInToECR(t *testing.T) {
	t.Parallel()
	const private = "oci://123456789012.dkr.ecr.eu-west-1.amazonaws.com/flux-manifests"
	url := func(url string) *FluxArtifactSpec { return &FluxArtifactSpec{URL: &url} }
	withPassword := url(private)
	withPassword.Auth = &FluxArtifactAuthSpec{}
	for name, test := range map[string]struct {
		artifact *FluxArtifactSpec
		want     bool
	}{
		"official": {nil, false},
		"mirror":   {url("oci://mirror.example/flux-manifests"), false},
		"ECR":      {url(private), true},
		"password": {withPassword, false},
		"no url":   {url("nonsense"), false},
	} {
		if got := (FluxSpec{Artifact: test.artifact}).signsInToECR(); got != test.want {
			t.Errorf("%s: got %t, want %t", name, got, test.want)
		}
	}
}
