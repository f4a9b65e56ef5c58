// Package webhook answers the API servers' question who a token belongs to, as EKS's authenticator does.
package webhook

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"

	authenticationv1 "k8s.io/api/authentication/v1"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
)

// Authenticate says who the owner of a token is in a cluster. An error means that the cluster does not know them.
type Authenticate func(cluster, token string) (aws.Identity, error)

// Handler answers a TokenReview. The cluster is the path value "cluster" of the request.
func Handler(authenticate Authenticate, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var review authenticationv1.TokenReview
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&review); err != nil {
			http.Error(w, fmt.Sprintf("decoding a TokenReview: %v", err), http.StatusBadRequest)
			return
		}
		cluster := r.PathValue("cluster")
		identity, err := authenticate(cluster, review.Spec.Token)
		if err != nil {
			log.Info("token refused", "cluster", cluster, "reason", err)
		}
		review.Status = status(identity, err)
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(review); err != nil {
			log.Warn("answer to a TokenReview not sent", "cluster", cluster, "error", err)
		}
	})
}

// status is the verdict. A refusal must not be an HTTP error: the API server would take that for an outage and ask
// again.
func status(identity aws.Identity, err error) authenticationv1.TokenReviewStatus {
	if err != nil {
		return authenticationv1.TokenReviewStatus{Error: err.Error()}
	}
	return authenticationv1.TokenReviewStatus{
		Authenticated: true,
		User: authenticationv1.UserInfo{
			Username: identity.Username, UID: identity.UID, Groups: identity.Groups,
			Extra: map[string]authenticationv1.ExtraValue{"arn": {identity.ARN}},
		},
	}
}
