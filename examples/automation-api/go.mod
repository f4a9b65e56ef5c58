module clusters

go 1.25.11

require (
	github.com/my-backstage-demo/pulumi-gitops-cluster/sdk/go/gitopscluster v0.1.0
	github.com/pulumi/pulumi/sdk/v3 v3.259.0
)
