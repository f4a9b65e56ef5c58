package aws

import (
	"encoding/json"
	"net/http"
	"strings"
)

// EKS is the part of EKS's own API that programs other than the Pulumi provider call: `aws eks describe-cluster`. It
// looks at no signature, because it tells nothing but whether a cluster exists.
func (c *Cloud) EKS() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /clusters/{name}", func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("name")
		var found props
		c := c.in(signedFor(r, c.home))
		c.store.look(func(a *account) {
			t := c.tx(a)
			for _, cluster := range t.of(typeCluster, "name", name) {
				found = props{"name": name, "arn": cluster.str("arn"), "status": cluster.Status}
			}
		})
		w.Header().Set("Content-Type", "application/json")
		if found == nil {
			// By this header the SDKs know an error, and not by the body.
			w.Header().Set("X-Amzn-Errortype", "ResourceNotFoundException")
			w.WriteHeader(http.StatusNotFound)
			_ = json.NewEncoder(w).Encode(props{"message": "No cluster found for name: " + name + "."})
			return
		}
		_ = json.NewEncoder(w).Encode(props{"cluster": found})
	})
	return mux
}

// signedFor is the region that a request is signed for: Credential=KEY/DATE/REGION/SERVICE/aws4_request.
func signedFor(r *http.Request, home string) string {
	_, scope, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	if parts := strings.Split(scope, "/"); len(parts) > 2 && regionZones[parts[2]] != nil {
		return parts[2]
	}
	return home
}
