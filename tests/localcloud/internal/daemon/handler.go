package daemon

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/api"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/registry"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/webhook"
)

func (d *daemon) handler() http.Handler {
	mux := http.NewServeMux()
	if d.simulated != nil {
		mux.Handle(api.AWS+"/", http.StripPrefix(api.AWS, d.simulated.Handler()))
		mux.Handle(api.EKS+"/", http.StripPrefix(api.EKS, d.simulated.EKS()))
	}
	mux.Handle(api.Git+"/", d.git)
	mux.Handle("POST "+api.Webhook+"{cluster}", webhook.Handler(d.cloud.Authenticate, d.options.Log))
	mux.HandleFunc("GET "+api.Status, func(w http.ResponseWriter, r *http.Request) {
		report, err := d.report(r.Context())
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		d.answer(w, report)
	})
	mux.HandleFunc("GET "+api.Resources, func(w http.ResponseWriter, r *http.Request) {
		resources, err := d.cloud.Resources(r.Context())
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		if resources == nil {
			resources = []aws.Resource{}
		}
		d.answer(w, resources)
	})
	mux.HandleFunc("POST "+api.Shutdown, func(w http.ResponseWriter, _ *http.Request) {
		// All of the answer leaves before the server does: a daemon with nothing to end is quicker than its answer.
		w.Header().Set("Content-Length", "0")
		w.WriteHeader(http.StatusAccepted)
		_ = http.NewResponseController(w).Flush() // who has hung up needs no answer
		d.shutdown()
	})
	return mux
}

func (d *daemon) report(ctx context.Context) (api.Report, error) {
	repositories, err := d.git.Repositories()
	if err != nil {
		return api.Report{}, err
	}
	resources, err := d.cloud.Resources(ctx)
	if err != nil {
		return api.Report{}, err
	}
	connection := d.connection()
	report := api.Report{
		Endpoint: connection.Endpoint, RegistryHost: connection.RegistryHost, Repositories: repositories,
		AWS: d.options.AWS, Processes: d.supervisor.List(), Resources: len(resources), Controllers: d.flux.Available(),
	}
	for _, version := range d.images {
		report.Images = append(report.Images, registry.FluxRepository+":"+version)
	}
	for _, cluster := range d.backend.Clusters() {
		report.Clusters = append(report.Clusters, api.Cluster{
			Name: cluster.Name(), Endpoint: cluster.Endpoint(), Kubeconfig: cluster.AdministratorKubeconfig(),
			Receiver: d.flux.Receiver(cluster.Name()),
		})
	}
	return report, nil
}

func (d *daemon) answer(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(value); err != nil {
		d.options.Log.Warn("answer not sent", "error", err)
	}
}
