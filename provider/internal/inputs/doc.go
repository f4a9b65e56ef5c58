// Package inputs decides what a component accepts: which inputs must be known while the program runs (plain), what
// they must look like, and how all that is wrong is told in one error.
//
// The Go types of a component's arguments are the only source: a field of an Input type (pulumi.StringInput and its
// kin) may be another resource's output, every other field is plain. [ShapeOf] reads that from the type; the guard
// ([Guard]) checks the raw inputs against it before the component runs, and the schema ([MarkPlain]) publishes it, so
// that the two cannot differ.
package inputs
