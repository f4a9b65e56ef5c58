// Package ports chooses the ports that the servers of the local cloud keep for life.
package ports

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
)

// A port that is chosen by listening on port 0 lies in the range that the kernel takes the ports of outgoing
// connections from, so some connection may occupy it while the daemon is down. These lie below that range (on Linux
// and macOS both) and above the ports of well-known services.
const (
	first = 20000
	last  = 32767
)

var (
	mu    sync.Mutex
	taken = map[int]bool{}
)

// Free returns a port of 127.0.0.1 that nobody listens on and that Free has not returned before. Where to start is
// left to chance, so that several daemons seldom try the same one.
func Free() (int, error) {
	mu.Lock()
	defer mu.Unlock()
	var errs []error
	for range 200 {
		port := first + rand.IntN(last-first+1) //nolint:gosec // a secret it is not
		if taken[port] {
			continue
		}
		listener, err := net.Listen("tcp", Address(port))
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if err := listener.Close(); err != nil {
			return 0, fmt.Errorf("closing the listener that tried port %d: %w", port, err)
		}
		taken[port] = true
		return port, nil
	}
	return 0, fmt.Errorf("no free port between %d and %d found in 200 tries: %w", first, last, errors.Join(errs...))
}

// Address is a port of the loopback interface.
func Address(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
