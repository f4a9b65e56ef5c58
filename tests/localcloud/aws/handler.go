package aws

import (
	"cmp"
	"context"
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/api"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/latency"
)

func newHandler(c *Cloud) http.Handler {
	mux := http.NewServeMux()
	handle := func(path string, f func(*Cloud, *http.Request, Credential, api.Request) api.Response) {
		mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
			var request api.Request
			if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
				answer(w, http.StatusBadRequest, api.Response{Error: "decoding request: " + err.Error()})
				return
			}
			caller, ok := c.callerOf(r)
			if !ok {
				t := &tx{service: "STS", call: "GetCallerIdentity"}
				err := t.fail("InvalidClientTokenId", "The security token included in the request is invalid.")
				answer(w, http.StatusForbidden, failed("retrieving AWS account details: validating provider credentials", err))
				return
			}
			region := cmp.Or(request.Region, c.home)
			if regionZones[region] == nil {
				answer(w, http.StatusOK, api.Response{Error: "region " + region + " is not simulated; simulated are " +
					strings.Join(Regions(), ", ")})
				return
			}
			answer(w, http.StatusOK, f(c.in(region), r, caller, request))
		})
	}
	resource := func(path string, f func(*Cloud, *http.Request, Credential, api.Request) api.Response) {
		handle(path, func(c *Cloud, r *http.Request, caller Credential, request api.Request) api.Response {
			if k := c.kinds[request.Type]; k == nil || k.create == nil {
				return api.Response{Error: "resource type " + request.Type + " is not simulated"}
			}
			return f(c, r, caller, request)
		})
	}
	changing := func(path string, operation latency.Operation,
		f func(*Cloud, context.Context, Credential, api.Request) api.Response,
	) {
		resource(path, func(c *Cloud, r *http.Request, caller Credential, request api.Request) api.Response {
			return c.conduct(r.Context(), operation, request, func(ctx context.Context) api.Response {
				return f(c, ctx, caller, request)
			})
		})
	}
	changing(api.CreatePath, latency.Create, (*Cloud).create)
	resource(api.ReadPath, func(c *Cloud, _ *http.Request, caller Credential, request api.Request) api.Response {
		return c.read(caller, request)
	})
	changing(api.UpdatePath, latency.Update, (*Cloud).update)
	changing(api.DeletePath, latency.Delete, (*Cloud).remove)
	handle(api.InvokePath, func(c *Cloud, _ *http.Request, caller Credential, request api.Request) api.Response {
		return c.invoke(caller, request)
	})
	c.handleConduct(mux)
	mux.HandleFunc("GET "+api.ResourcesPath, func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, c.Resources())
	})
	return mux
}

// callerOf finds whose access key a request carries.
func (c *Cloud) callerOf(r *http.Request) (Credential, bool) {
	id, secret, _ := r.BasicAuth()
	for _, known := range c.Credentials() {
		if known.AccessKeyID == id && subtle.ConstantTimeCompare([]byte(known.SecretAccessKey), []byte(secret)) == 1 {
			return known, true
		}
	}
	return Credential{}, false
}

func answer(w http.ResponseWriter, status int, content any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// A caller that has hung up is nothing to report.
	_ = json.NewEncoder(w).Encode(content)
}
