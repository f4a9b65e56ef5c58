package artifact

import (
	"encoding/json"
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

// roots is where the roots of trust are kept.
func (c Cache) roots() string {
	return filepath.Join(c.Directory, "roots")
}

// keepsRoots tells whether there are any of the publisher with the given name.
func (c Cache) keepsRoots(publisher string) bool {
	if c.Directory == "" {
		return false
	}
	_, err := os.Stat(filepath.Join(c.roots(), publisher))
	return err == nil
}

func (c Cache) signatureFile(digest string) string {
	return filepath.Join(c.Directory, "signatures", strings.ReplaceAll(digest, ":", "-")+".json")
}

// readSignature returns the signature that was accepted last. Whoever asks checks it anew.
func (c Cache) readSignature(digest string) (signature, bool) {
	if c.Directory == "" {
		return signature{}, false
	}
	content, err := os.ReadFile(c.signatureFile(digest))
	if err != nil {
		return signature{}, false
	}
	var kept signature
	return kept, json.Unmarshal(content, &kept) == nil
}

func (c Cache) writeSignature(digest string, accepted signature) error {
	content, err := json.Marshal(accepted)
	if err != nil {
		return err
	}
	return c.replace(c.signatureFile(digest), content)
}

func (c Cache) tagFile(repository Repository, tag string) string {
	name := sha256Digest([]byte(repository.String() + ":" + tag))
	return filepath.Join(c.Directory, "tags", strings.ReplaceAll(name, ":", "-"))
}

// Tag returns the digest that the tag stood for when the registry was asked last. It may stand for another one now:
// good enough for a preview that says so, and for nothing else.
func (c Cache) Tag(repository Repository, tag string) (digest string, ok bool) {
	if c.Directory == "" {
		return "", false
	}
	content, err := os.ReadFile(c.tagFile(repository, tag))
	return string(content), err == nil && IsDigest(string(content))
}

// WriteTag keeps the digest that a tag stands for. A cache that cannot be written is no use in an outage, nothing else.
func (c Cache) WriteTag(repository Repository, tag, digest string) {
	_ = c.replace(c.tagFile(repository, tag), []byte(digest))
}

// replace writes a file whole, whoever else writes it at the same time.
func (c Cache) replace(path string, content []byte) error {
	if c.Directory == "" {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), ".new-")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temporary.Name()) }()
	_, err = temporary.Write(content)
	if closeErr := temporary.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	return os.Rename(temporary.Name(), path)
}
