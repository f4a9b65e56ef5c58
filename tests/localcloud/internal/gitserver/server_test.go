package gitserver_test

import (
	"crypto/rand"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/gitserver"
)

func serve(t *testing.T) (server *gitserver.Server, url string) {
	t.Helper()
	server, err := gitserver.New(filepath.Join(t.TempDir(), "git"), "/git", nil)
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(server)
	t.Cleanup(web.Close)
	return server, web.URL + "/git/"
}

// files makes a file system of paths and contents.
func files(contents map[string]string) fstest.MapFS {
	result := fstest.MapFS{}
	for path, content := range contents {
		result[path] = &fstest.MapFile{Data: []byte(content), Mode: 0o644}
	}
	return result
}

// clone clones a repository and returns what is in it.
func clone(t *testing.T, url string) map[string]string {
	t.Helper()
	dir := t.TempDir()
	if _, err := gitserver.Git(t.Context(), dir, "clone", "--quiet", url, "clone"); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	root := os.DirFS(filepath.Join(dir, "clone"))
	err := fs.WalkDir(root, ".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.Name() == ".git":
			return fs.SkipDir
		case entry.IsDir():
			return nil
		}
		content, err := fs.ReadFile(root, path)
		got[path] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func push(t *testing.T, url string, contents map[string]string) string {
	t.Helper()
	commit, err := gitserver.Push(t.Context(), url, files(contents), "Change")
	if err != nil {
		t.Fatal(err)
	}
	return commit
}

func TestPushMakesARepositoryAndReplacesItsContent(t *testing.T) {
	t.Parallel()
	server, prefix := serve(t)
	url := prefix + "platform.git"
	first := push(t, url, map[string]string{"apps/a.yaml": "a", "README.md": "read me"})
	want := map[string]string{"apps/a.yaml": "a", "README.md": "read me"}
	if diff := cmp.Diff(want, clone(t, url)); diff != "" {
		t.Error(diff)
	}
	second := push(t, url, map[string]string{"apps/b.yaml": "b"})
	if diff := cmp.Diff(map[string]string{"apps/b.yaml": "b"}, clone(t, url)); diff != "" {
		t.Error(diff)
	}
	if again := push(t, url, map[string]string{"apps/b.yaml": "b"}); again != second || first == second {
		t.Errorf("the commits are %s, %s and, with nothing changed, %s", first, second, again)
	}
	names, err := server.Repositories()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"platform"}, names); diff != "" {
		t.Error(diff)
	}
}

// TestABigPushArrives pushes more than git sends in one piece.
func TestABigPushArrives(t *testing.T) {
	t.Parallel()
	_, prefix := serve(t)
	noise := make([]byte, 3<<20)
	if _, err := rand.Read(noise); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"noise": string(noise)}
	push(t, prefix+"big.git", want)
	if got := clone(t, prefix+"big.git"); got["noise"] != want["noise"] {
		t.Error("the file that was cloned is not the one that was pushed")
	}
}

func TestReadingMakesNoRepository(t *testing.T) {
	t.Parallel()
	server, prefix := serve(t)
	for _, path := range []string{
		"absent.git/info/refs?service=git-upload-pack", "../secret", "no-repository", "UPPER.git/info/refs",
		".hidden.git/info/refs?service=git-receive-pack", "a/b.git/info/refs?service=git-receive-pack",
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, prefix+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != http.StatusNotFound {
			t.Errorf("%s answers %s, want 404", path, response.Status)
		}
	}
	names, err := server.Repositories()
	if err != nil {
		t.Fatal(err)
	}
	if len(names) != 0 {
		t.Errorf("there are repositories %q", names)
	}
}
