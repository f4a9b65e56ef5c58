// Package backstage runs the real back end of Backstage against what the component and the examples make: its
// validators, its catalog, its scaffolder and its Kubernetes plugin. `make test-backstage` runs it; `make test` does
// not, because installing Backstage takes minutes.
package backstage

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/stack"
)

// token is that of an external caller of Backstage's API.
const token = "a-static-token-of-the-tests"

// install is the folder of the back end, which `make test-backstage` fills.
func install(t *testing.T) string {
	t.Helper()
	tree, err := stack.FindTree()
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(tree.Tools, "backstage")
	if _, err := os.Stat(filepath.Join(folder, "node_modules", "@backstage")); err != nil {
		t.Fatalf("finding Backstage: %v; `make test-backstage` installs it", err)
	}
	return folder
}

// portal is a running back end.
type portal struct {
	t   *testing.T
	url string
	log string
}

// in is the same back end in a part of a test.
func (p portal) in(t *testing.T) portal {
	t.Helper()
	p.t = t
	return p
}

// start runs the back end with a configuration, to which its own addresses are added, until the test ends.
func start(t *testing.T, config map[string]any, env ...string) portal {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	p := portal{t: t, url: fmt.Sprintf("http://127.0.0.1:%d", port), log: filepath.Join(folder, "log")}
	config["app"] = map[string]any{"title": "test", "baseUrl": p.url}
	config["backend"] = map[string]any{
		"baseUrl":  p.url,
		"listen":   map[string]any{"port": port, "host": "127.0.0.1"},
		"database": map[string]any{"client": "better-sqlite3", "connection": ":memory:"},
		"auth": map[string]any{"externalAccess": []any{map[string]any{
			"type": "static", "options": map[string]any{"token": token, "subject": "tests"},
		}}},
		"workingDirectory": folder,
	}
	config["permission"] = map[string]any{"enabled": false}
	encoded, err := json.Marshal(config) // JSON is YAML.
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(folder, "app-config.yaml")
	if err := os.WriteFile(file, encoded, 0o600); err != nil {
		t.Fatal(err)
	}
	p.run(install(t), file, env)
	return p
}

func (p portal) run(folder, config string, env []string) {
	p.t.Helper()
	log, err := os.Create(p.log)
	if err != nil {
		p.t.Fatal(err)
	}
	command := exec.Command("node", "backend.js", "--config", config)
	command.Dir = folder
	command.Env = append(os.Environ(), append(env, "NODE_ENV=development", "LOG_LEVEL=info")...)
	command.Stdout, command.Stderr = log, log
	alive, err := command.StdinPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		p.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	p.t.Cleanup(func() {
		_ = alive.Close()
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			_ = command.Process.Kill()
		}
		_ = log.Close()
		if p.t.Failed() {
			p.t.Logf("the end of Backstage's log:\n%s", p.tail())
		}
	})
	fixture.Eventually(p.t, 3*time.Minute, "Backstage to start", func() (bool, string) {
		select {
		case err := <-ended:
			p.t.Fatalf("Backstage has ended: %v\n%s", err, p.tail())
		default:
		}
		for _, plugin := range []string{"catalog/entities?limit=1", "scaffolder/v2/actions"} {
			if status, body := p.call(http.MethodGet, "/api/"+plugin, nil); status != http.StatusOK {
				return false, fmt.Sprintf("%s: %d %s", plugin, status, body)
			}
		}
		return true, ""
	})
}

func (p portal) tail() string {
	const most = 60
	content, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	lines := slices.DeleteFunc(strings.Split(string(content), "\n"), func(line string) bool {
		return strings.Contains(line, "rootHttpRouter") || strings.Contains(line, "AWS S3 objects")
	})
	return strings.Join(lines[max(0, len(lines)-most):], "\n")
}

// call asks the back end, and answers with status 0 while it does not listen.
func (p portal) call(method, path string, content any) (int, string) {
	p.t.Helper()
	var body io.Reader
	if content != nil {
		encoded, err := json.Marshal(content)
		if err != nil {
			p.t.Fatal(err)
		}
		body = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(p.t.Context(), method, p.url+path, body)
	if err != nil {
		p.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err.Error()
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return response.StatusCode, string(answer)
}

// ask calls the back end, which must answer with success, and reads its answer into result.
func (p portal) ask(method, path string, content, result any) {
	p.t.Helper()
	status, body := p.call(method, path, content)
	if status < http.StatusOK || status >= http.StatusMultipleChoices {
		p.t.Fatalf("%s %s: %d %s", method, path, status, body)
	}
	if err := json.Unmarshal([]byte(body), result); err != nil {
		p.t.Fatalf("decoding the answer to %s %s: %v: %.500s", method, path, err, body)
	}
}

// golden compares text with a file, or writes it with UPDATE_GOLDEN=1.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", strings.ReplaceAll(name, " ", "-")+".golden")
	if os.Getenv("UPDATE_GOLDEN") == "1" {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s differs from what was made:\n%s", path, got)
	}
}

// files renders files for a comparison with a golden file.
func files(content map[string]string, names []string) string {
	var all strings.Builder
	for _, name := range names {
		fmt.Fprintf(&all, "==> %s\n%s\n", name, content[name])
	}
	return all.String()
}
