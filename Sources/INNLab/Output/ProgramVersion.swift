/// The version that `--version` prints and that runs record.
package let programVersion = "0.1.0"
