package artifact

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"strings"
)

// unpack reads the gzipped tar archive of an artifact. It holds files and folders, and nothing that could point
// outside of it.
func unpack(layer []byte) (Files, error) {
	uncompressed, err := gzip.NewReader(bytes.NewReader(layer))
	if err != nil {
		return nil, fmt.Errorf("%w: reading the layer: %w", ErrInvalid, err)
	}
	files := Files{}
	left := int64(maxUnpacked)
	archive := tar.NewReader(io.LimitReader(uncompressed, maxUnpacked+maxCompressed))
	for entries := 0; ; entries++ {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%w: reading the archive: %w", ErrInvalid, err)
		}
		if entries == maxEntries {
			return nil, fmt.Errorf("%w: its archive has more than %d entries", ErrInvalid, maxEntries)
		}
		// Flux's own artifact begins with an entry for the folder ".".
		name := path.Clean(header.Name)
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			return nil, fmt.Errorf("%w: its archive has the entry %q, which points outside", ErrInvalid, header.Name)
		}
		switch header.Typeflag {
		case tar.TypeDir:
			continue
		case tar.TypeReg:
			if _, twice := files[name]; twice || name == "." {
				return nil, fmt.Errorf("%w: its archive has the entry %q twice, or as a file without a name",
					ErrInvalid, header.Name)
			}
			if isSparse(header) {
				return nil, fmt.Errorf("%w: its archive has the entry %q with holes, which may be of any size; "+
					"only whole files are accepted", ErrInvalid, header.Name)
			}
		default:
			return nil, fmt.Errorf("%w: its archive has the entry %q of type %q; only files and folders are accepted",
				ErrInvalid, header.Name, string(header.Typeflag))
		}
		content, err := io.ReadAll(io.LimitReader(archive, left+1))
		if err != nil {
			return nil, fmt.Errorf("%w: reading %q: %w", ErrInvalid, header.Name, err)
		}
		if left -= int64(len(content)); left < 0 {
			return nil, fmt.Errorf("%w: it unpacks to more than the limit of %d bytes", ErrInvalid, maxUnpacked)
		}
		files[name] = content
	}
	// The checksum stands at the end, behind what the archive has for an end of its own.
	if _, err := io.Copy(io.Discard, io.LimitReader(uncompressed, maxUnpacked)); err != nil {
		return nil, fmt.Errorf("%w: reading the end of the layer: %w", ErrInvalid, err)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%w: its archive holds no file", ErrInvalid)
	}
	return files, nil
}

// isSparse tells of a file with holes that take no room in the archive. The older form of it has a type of its own.
func isSparse(header *tar.Header) bool {
	for record := range header.PAXRecords {
		if strings.HasPrefix(record, "GNU.sparse.") {
			return true
		}
	}
	return false
}
