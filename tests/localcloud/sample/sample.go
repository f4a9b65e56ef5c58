// Package sample is the repository that the local cloud's git server offers for a first sync: one small application in
// plain YAML.
package sample

import "embed"

// Files are the files of the repository.
//
//go:embed apps README.md
var Files embed.FS
