package artifact

import (
	"os"
	"path/filepath"
	"strings"
)

// Cache keeps pulled artifacts in a folder, one below each digest. The zero value keeps nothing.
type Cache struct {
	// Directory is where the artifacts lie; it need not exist.
	Directory string
}

// UserCache returns the cache in the user's cache folder, or one that keeps nothing where there is no such folder
// (a container without HOME, say).
func UserCache() Cache {
	folder, err := os.UserCacheDir()
	if err != nil {
		return Cache{}
	}
	return Cache{Directory: filepath.Join(folder, "pulumi-gitops-cluster", "artifacts")}
}

const (
	manifestFile = "manifest.json"
	layerFile    = "layer.tar.gz"
)

func (c Cache) folder(digest string) string {
	return filepath.Join(c.Directory, strings.ReplaceAll(digest, ":", "-"))
}

// read returns what is kept for the digest, if it is whole: a file on disk is as little trusted as a registry.
func (c Cache) read(digest string) (blobs, bool) {
	if c.Directory == "" {
		return blobs{}, false
	}
	manifest, err := os.ReadFile(filepath.Join(c.folder(digest), manifestFile))
	if err != nil {
		return blobs{}, false
	}
	layer, err := os.ReadFile(filepath.Join(c.folder(digest), layerFile))
	if err != nil {
		return blobs{}, false
	}
	found := blobs{manifest: manifest, layer: layer}
	if found.verify(digest) != nil {
		// Without this a damaged entry would stay forever, because write never replaces one.
		_ = os.RemoveAll(c.folder(digest))
		return blobs{}, false
	}
	return found, true
}

// write keeps an artifact. Several plugins may do so at once: each fills a folder of its own and renames it, and the
// first one wins.
func (c Cache) write(digest string, content blobs) error {
	if c.Directory == "" {
		return nil
	}
	if err := os.MkdirAll(c.Directory, 0o700); err != nil {
		return err
	}
	temporary, err := os.MkdirTemp(c.Directory, ".new-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(temporary) }()
	if err := os.WriteFile(filepath.Join(temporary, manifestFile), content.manifest, 0o600); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(temporary, layerFile), content.layer, 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, c.folder(digest))
}
