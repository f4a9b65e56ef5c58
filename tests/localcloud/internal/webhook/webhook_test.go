package webhook_test

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	authenticationv1 "k8s.io/api/authentication/v1"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/webhook"
)

func post(t *testing.T, body string) (status int, review authenticationv1.TokenReview) {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle("POST /webhook/{cluster}", webhook.Handler(func(cluster, token string) (aws.Identity, error) {
		if cluster == "demo" && token == "known" {
			return aws.Identity{ARN: "arn", Username: "name", UID: "uid", Groups: []string{"group"}}, nil
		}
		return aws.Identity{}, errors.New("no access entry for this principal")
	}, slog.New(slog.NewTextHandler(t.Output(), nil))))
	recorder := httptest.NewRecorder()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/webhook/demo", strings.NewReader(body))
	mux.ServeHTTP(recorder, request)
	if recorder.Code == http.StatusOK {
		if err := json.Unmarshal(recorder.Body.Bytes(), &review); err != nil {
			t.Fatal(err)
		}
	}
	return recorder.Code, review
}

func TestVerdicts(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		token string
		want  authenticationv1.TokenReviewStatus
	}{
		"known": {"known", authenticationv1.TokenReviewStatus{
			Authenticated: true,
			User: authenticationv1.UserInfo{
				Username: "name", UID: "uid", Groups: []string{"group"},
				Extra: map[string]authenticationv1.ExtraValue{"arn": {"arn"}},
			},
		}},
		"unknown": {"other", authenticationv1.TokenReviewStatus{Error: "no access entry for this principal"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, review := post(t,
				`{"apiVersion":"authentication.k8s.io/v1","kind":"TokenReview","spec":{"token":"`+test.token+`"}}`)
			if status != http.StatusOK {
				t.Errorf("got status %d, want 200", status)
			}
			if diff := cmp.Diff(test.want, review.Status); diff != "" {
				t.Error(diff)
			}
			if review.Kind != "TokenReview" || review.APIVersion != "authentication.k8s.io/v1" {
				t.Errorf("the answer is a %s of %s", review.Kind, review.APIVersion)
			}
		})
	}
}

func TestNonsenseIsRefused(t *testing.T) {
	t.Parallel()
	if status, _ := post(t, "nonsense"); status != http.StatusBadRequest {
		t.Errorf("got status %d, want 400", status)
	}
}
