#if canImport(Glibc)
import func Glibc.log10
import func Glibc.log2
import func Glibc.pow
#elseif canImport(Musl)
import func Musl.log10
import func Musl.log2
import func Musl.pow
#else
import func Darwin.log10
import func Darwin.log2
import func Darwin.pow
#endif

/// Base-10 logarithm of a positive number.
func logarithm(_ value: Double) -> Double { log10(value) }

/// Inverse of ``logarithm(_:)``.
func exponential(_ value: Double) -> Double { pow(10, value) }

/// Base-2 logarithm; minus infinity at 0, NaN below.
func binaryLogarithm(_ value: Float) -> Float { log2(value) }

func raised(_ base: Double, to exponent: Double) -> Double { pow(base, exponent) }
