package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/emptypb"
)

// sample is one start of a plugin.
type sample struct {
	// answer is from its start to its first answer, schema what GetSchema takes then.
	answer, schema time.Duration
	// rest and afterSchema are resident memory, in megabytes; own is the part of rest that is no page of a file, which
	// the system may drop and other processes of the same program share.
	rest, own, afterSchema float64
}

// settle is how long a plugin is left alone before its memory is looked at.
const settle = time.Second

// nobody is the address of an engine that is never called: plugins want one to start.
const nobody = "127.0.0.1:1"

func measure(ctx context.Context, binary string) (s sample, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, binary, nobody)
	// A group of its own: pulumi-resource-eks is a script, and ends only with what it starts.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	output, err := command.StdoutPipe()
	if err != nil {
		return s, fmt.Errorf("making a pipe: %w", err)
	}
	began := time.Now()
	if err := command.Start(); err != nil {
		return s, fmt.Errorf("starting %s: %w", binary, err)
	}
	defer func() {
		_ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL)
		_ = command.Wait() // how it ends is our doing
	}()
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		return s, fmt.Errorf("reading the port: %w", err)
	}
	connection, err := grpc.NewClient("127.0.0.1:"+strings.TrimSpace(line),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(400<<20)))
	if err != nil {
		return s, fmt.Errorf("connecting: %w", err)
	}
	defer func() { _ = connection.Close() }()
	provider := rpc.NewResourceProviderClient(connection)
	if _, err := provider.GetPluginInfo(ctx, &emptypb.Empty{}, grpc.WaitForReady(true)); err != nil {
		return s, fmt.Errorf("asking for the plugin's version: %w", err)
	}
	s.answer = time.Since(began)
	time.Sleep(settle)
	if s.rest, err = memory(command.Process.Pid, "VmRSS:"); err != nil {
		return s, err
	}
	if s.own, err = memory(command.Process.Pid, "RssAnon:"); err != nil {
		return s, err
	}
	asked := time.Now()
	if _, err := provider.GetSchema(ctx, &rpc.GetSchemaRequest{}); err != nil {
		return s, fmt.Errorf("asking for the schema: %w", err)
	}
	s.schema = time.Since(asked)
	s.afterSchema, err = memory(command.Process.Pid, "VmRSS:")
	return s, err
}

// memory is what the kernel says of a kind of memory of a process, in megabytes.
func memory(pid int, kind string) (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("reading the memory of a process: %w", err)
	}
	for line := range strings.SplitSeq(string(status), "\n") {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == kind {
			kilobytes, err := strconv.ParseFloat(fields[1], 64)
			return kilobytes / 1000, err
		}
	}
	return 0, errors.New("reading the memory of a process: it is not among what the kernel says")
}

// size is what files take, in megabytes.
type size struct{ installed, compressed float64 }

// counter counts what is written to it.
type counter struct{ bytes int64 }

// Write counts.
func (c *counter) Write(content []byte) (int, error) {
	c.bytes += int64(len(content))
	return len(content), nil
}

func sizeOf(root string) (size, error) {
	var plain, packed counter
	writer := gzip.NewWriter(&packed)
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := os.Open(file) //nolint:gosec // what was built here, and nobody changes meanwhile
		if err != nil {
			return err
		}
		defer func() { _ = content.Close() }()
		_, err = io.Copy(io.MultiWriter(&plain, writer), content)
		return err
	})
	if err := errors.Join(err, writer.Close()); err != nil {
		return size{}, fmt.Errorf("measuring the size of %s: %w", root, err)
	}
	return size{float64(plain.bytes) / 1e6, float64(packed.bytes) / 1e6}, nil
}
