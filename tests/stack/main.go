package stack

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// Main is what a command does that measures: it runs until it is interrupted, and ends the process with its error. The
// local cloud that it has started is stopped before.
func Main(name string, run func(context.Context) error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, name+":", err)
		os.Exit(1)
	}
}
