package localcloud

import (
	"context"
	"io/fs"
	"os"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/api"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/gitserver"
)

// GitURL is where a repository is cloned from and pushed to. A repository comes into being with its first push.
func (c *LocalCloud) GitURL(repository string) string {
	return c.Endpoint + api.Git + "/" + repository + ".git"
}

// PushFolder makes the files of a folder the whole content of a repository's branch main, in one commit, and returns
// its hash.
func (c *LocalCloud) PushFolder(ctx context.Context, repository, folder, message string) (commit string, err error) {
	return c.PushFiles(ctx, repository, os.DirFS(folder), message)
}

// PushFiles makes files the whole content of a repository's branch main, in one commit, and returns its hash.
func (c *LocalCloud) PushFiles(ctx context.Context, repository string, files fs.FS, message string) (string, error) {
	return gitserver.Push(ctx, c.GitURL(repository), files, message)
}
