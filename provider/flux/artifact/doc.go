// Package artifact reads Flux's OCI artifact: which digest a tag stands for, and the manifests below a digest.
//
// Everything is pulled by digest and checked against it, so neither a registry nor the cache on disk is trusted. All
// sizes are capped: an artifact is a few hundred kilobytes, and a provider must not be talked into filling a disk.
package artifact
