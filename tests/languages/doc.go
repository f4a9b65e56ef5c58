// Package languages does what users of each language do: they install the package of the SDK into a folder of their
// own, run the example in it on the local cloud, and make mistakes.
//
// The example for C# is not run: there is no dotnet among the tools.
package languages
