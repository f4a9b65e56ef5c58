module github.com/my-backstage-demo/pulumi-gitops-cluster/tests/toolchain/operator-crds

go 1.26.0

require github.com/pulumi/pulumi-kubernetes-operator v1.16.0
