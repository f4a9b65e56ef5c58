package kube_test

import (
	"strings"
	"testing"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/kube"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/fuzzed"
)

const kubeconfigSeed = `apiVersion: v1
kind: Config
current-context: a
contexts: [{name: a, context: {cluster: a, user: a}}]
clusters: [{name: a, cluster: {server: "https://user:planted-secret@127.0.0.1:1"}}]
users: [{name: a, user: {token: planted-secret}}]
`

// FuzzConnect gives anything as a kubeconfig: it is taken or refused, and no error tells what stands in it.
func FuzzConnect(f *testing.F) {
	f.Add(kubeconfigSeed)
	for _, change := range [][2]string{
		{"token: planted-secret", "client-certificate-data: cGxhbnRlZC1zZWNyZXQ=, client-key-data: planted-secret"},
		{"token: planted-secret", "auth-provider: {name: planted-secret}"},
		{"token: planted-secret", "exec: {command: planted-secret, apiVersion: planted-secret}"},
		{"https://user:planted-secret@127.0.0.1:1", "https://planted-secret:planted-secret"},
		{"https://user:planted-secret@127.0.0.1:1", ":planted-secret"},
		{"server:", "proxy-url: 'x://planted-secret:x', server:"},
		{"server:", "certificate-authority-data: cGxhbnRlZC1zZWNyZXQ=, server:"},
		{"server:", "certificate-authority: /planted-secret, server:"},
	} {
		f.Add(strings.ReplaceAll(kubeconfigSeed, change[0], change[1]))
	}
	f.Fuzz(func(t *testing.T, kubeconfig string) {
		if strings.Contains(kubeconfig, "/dev/") || strings.Contains(kubeconfig, "/proc/") {
			t.Skip("a kubeconfig may name files, and these have no end")
		}
		// By how long it is.
		fuzzed.Bounded(t, 16<<20+1000*float64(len(kubeconfig)), func() {
			if _, err := kube.Connect(kubeconfig); err != nil && strings.Contains(err.Error(), "planted-secret") {
				t.Errorf("a secret is told: %v", err)
			}
		})
	})
}
