// Command demo runs the YAML example on a local cloud, from nothing to nothing: `make demo`, `make demo-again` and
// `make demo-destroy`. Everything it makes is in the folder .demo of the repository.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

const usage = `demo runs the YAML example on a local cloud, in the folder .demo

  demo up        start a local cloud and run pulumi up
  demo again     run pulumi up once more, which must change nothing
  demo destroy   run pulumi destroy, count what is left in the simulated AWS, and stop the local cloud
`

func main() {
	// Interrupted, Pulumi ends what it is doing and keeps its state.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) != 1 {
		fmt.Fprint(os.Stderr, usage)
		return errors.New("give one command")
	}
	if args[0] == "--help" || args[0] == "-h" || args[0] == "help" {
		fmt.Print(usage)
		return nil
	}
	demo, err := newDemo()
	if err != nil {
		return err
	}
	switch args[0] {
	case "up":
		return demo.up(ctx)
	case "again":
		return demo.again(ctx)
	case "destroy":
		return demo.destroy(ctx)
	}
	fmt.Fprint(os.Stderr, usage)
	return fmt.Errorf("there is no command %q", args[0])
}
