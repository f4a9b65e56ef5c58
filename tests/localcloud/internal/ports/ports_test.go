package ports_test

import (
	"net"
	"testing"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/ports"
)

func TestFreePortsAreFreeAndDifferAndLieBelowTheEphemeralOnes(t *testing.T) {
	t.Parallel()
	seen := map[int]bool{}
	for range 50 {
		port, err := ports.Free()
		if err != nil {
			t.Fatal(err)
		}
		if seen[port] || port < 20000 || port > 32767 {
			t.Fatalf("got port %d after %v", port, seen)
		}
		seen[port] = true
		listener, err := net.Listen("tcp", ports.Address(port))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = listener.Close() })
	}
}
