package aws

import (
	"encoding/json"
	"net/http"
)

// EKS is the part of EKS's own API that programs other than the Pulumi provider call: `aws eks describe-cluster`. It
// looks at no signature, because it tells nothing but whether a cluster exists.
func (c *Cloud) EKS() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /clusters/{name}", func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("name")
		var found props
		c.store.look(func(a *account) {
			t := &tx{cloud: c, records: a.Records}
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
