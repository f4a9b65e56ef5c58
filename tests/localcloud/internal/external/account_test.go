package external_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/external"
)

const (
	keyID  = "AWS_ACCESS_KEY_ID"
	secret = "AWS_SECRET_ACCESS_KEY"
)

// Nothing is asked of anybody before the environment says what is needed, and of whom.
func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	aws := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Authorization"), "/eu-central-1/sts/aws4_request") {
			t.Errorf("asked of %s", r.Header.Get("Authorization"))
		}
		_, _ = fmt.Fprint(w, "<R><GetCallerIdentityResult><Account>123456789012</Account></GetCallerIdentityResult></R>")
	}))
	t.Cleanup(aws.Close)
	for name, test := range map[string]struct {
		environment map[string]string
		want        string
	}{
		"nobody asks": {nil, "an external AWS needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment; got " +
			"none: set them, or take another AWS"},
		"a real account without a go-ahead": {
			map[string]string{keyID: "a", secret: "b"},
			"without AWS_ENDPOINT_URL this is a real account, where everything costs money: set " +
				"LOCALCLOUD_EXTERNAL_ACCOUNT to its number to go ahead",
		},
		"another account": {
			map[string]string{
				keyID: "a", secret: "b", "AWS_ENDPOINT_URL": aws.URL, "AWS_REGION": "eu-central-1",
				external.GoAheadVariable: "210987654321",
			},
			"LOCALCLOUD_EXTERNAL_ACCOUNT must be the account of the credentials, 123456789012; got 210987654321",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			getenv := func(variable string) string { return test.environment[variable] }
			if _, err := external.Open(t.Context(), "us-west-2", getenv); err == nil || err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}
