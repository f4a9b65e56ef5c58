// Package gitserver serves git repositories over HTTP, with git's own `git http-backend` behind it. Everybody may
// read and push. A repository comes into being with its first push.
package gitserver

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cgi" //nolint:gosec // it warns of a Go that is ten years old
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Server serves the repositories in a folder.
type Server struct {
	dir     string
	backend cgi.Handler
	making  sync.Mutex
}

// New makes a server of the repositories in dir, below the path prefix of a web server, such as "/git". Env is the
// environment of the git processes.
func New(dir, prefix string, env []string) (*Server, error) {
	git, err := exec.LookPath("git")
	if err != nil {
		return nil, fmt.Errorf("looking for git: %w; install it with the system's package manager", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("making the folder of repositories: %w", err)
	}
	return &Server{dir: dir, backend: cgi.Handler{
		Path: git, Args: []string{"http-backend"}, Root: prefix, Dir: dir,
		Env: slices.Concat(env, Environment(), []string{"GIT_PROJECT_ROOT=" + dir, "GIT_HTTP_EXPORT_ALL=1"}),
	}}, nil
}

// requestPath is what git asks for: the repository, and something in it.
var requestPath = regexp.MustCompile(`^/([a-z0-9][a-z0-9._-]{0,99})\.git/[A-Za-z0-9/._-]+$`)

// ServeHTTP answers a git client.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	match := requestPath.FindStringSubmatch(strings.TrimPrefix(r.URL.Path, s.backend.Root))
	if match == nil {
		http.Error(w, fmt.Sprintf("%s is not a path in a repository; use %s/NAME.git with a name of lower-case letters, "+
			"digits, dots and dashes", r.URL.Path, s.backend.Root), http.StatusNotFound)
		return
	}
	if r.URL.Query().Get("service") == "git-receive-pack" {
		if err := s.Create(r.Context(), match[1]); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
	}
	if !s.exists(match[1]) {
		http.Error(w, fmt.Sprintf("there is no repository %s; push to it to make it", match[1]), http.StatusNotFound)
		return
	}
	body, err := measured(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if body != nil {
		defer discard(body)
	}
	s.backend.ServeHTTP(w, r)
}

// measured gives a request whose length is not known a length, by writing its body to a file. Git sends a big push in
// chunks, and CGI cannot pass chunks on.
func measured(r *http.Request) (*os.File, error) {
	if r.ContentLength >= 0 {
		return nil, nil
	}
	file, err := os.CreateTemp("", "localcloud-git-")
	if err != nil {
		return nil, fmt.Errorf("making a file for the request: %w", err)
	}
	length, err := io.Copy(file, r.Body)
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		discard(file)
		return nil, fmt.Errorf("writing the request to a file: %w", err)
	}
	r.Body, r.ContentLength, r.TransferEncoding = file, length, nil
	return file, nil
}

// discard removes a temporary file. One that cannot be removed is left to whoever tidies the folder of temporary files.
func discard(file *os.File) {
	_ = file.Close()
	_ = os.Remove(file.Name())
}

// Create makes an empty repository. One that exists stays as it is.
func (s *Server) Create(ctx context.Context, name string) error {
	s.making.Lock()
	defer s.making.Unlock()
	if s.exists(name) {
		return nil
	}
	return create(ctx, s.path(name))
}

// path is the folder of a repository.
func (s *Server) path(name string) string { return filepath.Join(s.dir, name+".git") }

func (s *Server) exists(name string) bool {
	_, err := os.Stat(s.path(name))
	return err == nil
}

// Repositories are the names of the repositories.
func (s *Server) Repositories() ([]string, error) {
	dirs, err := filepath.Glob(filepath.Join(s.dir, "*.git"))
	if err != nil {
		return nil, fmt.Errorf("listing the repositories: %w", err)
	}
	names := make([]string, 0, len(dirs))
	for _, dir := range dirs {
		names = append(names, strings.TrimSuffix(filepath.Base(dir), ".git"))
	}
	return names, nil
}
