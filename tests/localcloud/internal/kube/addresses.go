package kube

import (
	"fmt"
	"net/netip"
)

// hostAddress is the n-th address of an IPv4 range, counted from its first one. Of the services' range Kubernetes gives
// number 1 to Service kubernetes, and number 10 is by convention that of the cluster's DNS.
func hostAddress(cidr string, n int) (netip.Addr, error) {
	prefix, err := netip.ParsePrefix(cidr)
	if err != nil {
		return netip.Addr{}, fmt.Errorf("parsing address range %q: %w", cidr, err)
	}
	if !prefix.Addr().Is4() {
		return netip.Addr{}, fmt.Errorf("parsing address range %q: only IPv4 ranges are simulated", cidr)
	}
	address := prefix.Masked().Addr()
	for range n {
		address = address.Next()
	}
	if !prefix.Contains(address) {
		return netip.Addr{}, fmt.Errorf("choosing address %d of %s: the range is too small", n, cidr)
	}
	return address, nil
}
