#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Base-10 logarithm of a positive number.
func logarithm(_ value: Double) -> Double { log10(value) }

/// Inverse of ``logarithm(_:)``.
func exponential(_ value: Double) -> Double { pow(10, value) }

/// Base-2 logarithm; minus infinity at 0, NaN below.
func binaryLogarithm(_ value: Float) -> Float { log2(value) }

func raised(_ base: Double, to exponent: Double) -> Double { pow(base, exponent) }
