package gitserver

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Branch is the default branch of every repository.
const Branch = "main"

// Environment makes git the same for every user: no configuration of theirs, no prompt, an author of its own.
func Environment() []string {
	return []string{
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_TERMINAL_PROMPT=0",
		"GIT_AUTHOR_NAME=Local Cloud", "GIT_AUTHOR_EMAIL=localcloud@example.com",
		"GIT_COMMITTER_NAME=Local Cloud", "GIT_COMMITTER_EMAIL=localcloud@example.com",
	}
}

// Git runs git in a folder.
func Git(ctx context.Context, dir string, args ...string) (output string, err error) {
	command := exec.CommandContext(ctx, "git", args...) //nolint:gosec // a tool for developers, run by them
	command.Dir = dir
	command.Env = append(os.Environ(), Environment()...)
	combined, err := command.CombinedOutput()
	output = strings.TrimSpace(string(combined))
	if err != nil {
		return output, fmt.Errorf("running git %s: %w: %s", strings.Join(args, " "), err, output)
	}
	return output, nil
}

// Push makes the files the whole content of a repository's default branch, in one commit on top of what is there, and
// returns the commit. Files that are there already, all of them and no others, make no commit.
func Push(ctx context.Context, url string, files fs.FS, message string) (commit string, err error) {
	dir, err := os.MkdirTemp("", "localcloud-push-")
	if err != nil {
		return "", fmt.Errorf("making a work tree: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if _, err := Git(ctx, dir, "init", "--quiet", "--initial-branch="+Branch); err != nil {
		return "", err
	}
	// Fetched and reset rather than cloned: a repository that does not exist yet cannot be cloned, and is made by the
	// push.
	if _, err := Git(ctx, dir, "fetch", "--quiet", url, Branch); err == nil {
		if _, err := Git(ctx, dir, "reset", "--quiet", "FETCH_HEAD"); err != nil {
			return "", err
		}
	}
	if err := os.CopyFS(dir, files); err != nil {
		return "", fmt.Errorf("copying the files to push: %w", err)
	}
	if _, err := Git(ctx, dir, "add", "--all", "--force", "."); err != nil {
		return "", err
	}
	status, err := Git(ctx, dir, "status", "--porcelain")
	if err != nil {
		return "", err
	}
	if status != "" {
		if _, err := Git(ctx, dir, "commit", "--quiet", "--message", message); err != nil {
			return "", err
		}
	}
	if _, err := Git(ctx, dir, "push", "--quiet", url, "HEAD:refs/heads/"+Branch); err != nil {
		return "", err
	}
	return Git(ctx, dir, "rev-parse", "HEAD")
}

// create makes an empty bare repository. A half-made one never shows: it is made beside its place and moved there.
func create(ctx context.Context, dir string) error {
	parent := filepath.Dir(dir)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return fmt.Errorf("making the folder of repositories: %w", err)
	}
	unfinished, err := os.MkdirTemp(parent, ".new-")
	if err != nil {
		return fmt.Errorf("making the folder of a repository: %w", err)
	}
	defer func() { _ = os.RemoveAll(unfinished) }()
	if _, err := Git(ctx, unfinished, "init", "--quiet", "--bare", "--initial-branch="+Branch); err != nil {
		return err
	}
	for _, setting := range [][2]string{{"http.receivepack", "true"}, {"uploadpack.allowAnySHA1InWant", "true"}} {
		if _, err := Git(ctx, unfinished, "config", setting[0], setting[1]); err != nil {
			return err
		}
	}
	if err := os.Rename(unfinished, dir); err != nil {
		return fmt.Errorf("moving the new repository to its place: %w", err)
	}
	return nil
}
