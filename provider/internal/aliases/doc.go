// Package aliases has a component keep its resources when it is renamed, moved or given another type, which a user says
// with the resource option aliases. Two things are missing for that: the framework forgets every alias that is not a
// whole URN ([Server]), and Pulumi passes the alias of a parent on to a child only if the child's name begins with the
// parent's ([ForChildren]).
package aliases
