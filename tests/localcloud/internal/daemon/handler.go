package daemon

import (
	"encoding/json"
	"net/http"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/api"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/registry"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/webhook"
)

func (d *daemon) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle(api.AWS+"/", http.StripPrefix(api.AWS, d.cloud.Handler()))
	mux.Handle(api.EKS+"/", http.StripPrefix(api.EKS, d.cloud.EKS()))
	mux.Handle(api.Git+"/", d.git)
	mux.Handle("POST "+api.Webhook+"{cluster}", webhook.Handler(d.cloud.Authenticate, d.options.Log))
	mux.HandleFunc("GET "+api.Status, func(w http.ResponseWriter, _ *http.Request) {
		report, err := d.report()
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		d.answer(w, report)
	})
	mux.HandleFunc("GET "+api.Resources, func(w http.ResponseWriter, _ *http.Request) {
		resources := d.cloud.Resources()
		if resources == nil {
			resources = []aws.Resource{}
		}
		d.answer(w, resources)
	})
	mux.HandleFunc("POST "+api.Shutdown, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusAccepted)
		d.shutdown()
	})
	return mux
}

func (d *daemon) report() (api.Report, error) {
	repositories, err := d.git.Repositories()
	if err != nil {
		return api.Report{}, err
	}
	connection := d.connection()
	report := api.Report{
		Endpoint: connection.Endpoint, RegistryHost: connection.RegistryHost, Repositories: repositories,
		Processes: d.supervisor.List(), Resources: len(d.cloud.Resources()), Controllers: d.flux.Available(),
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
