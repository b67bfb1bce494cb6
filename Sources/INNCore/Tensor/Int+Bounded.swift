extension Int {
    /// The whole part of a floating-point number, whatever it is: 0 for NaN, and ±2⁵³ for everything beyond, infinities
    /// included.
    ///
    /// `Int(_:)` ends the program on these, and any number of a stored run may be one. Up to 2⁵³ a `Double` counts one
    /// by one; the bound also leaves room for sums and products with sizes of a screen.
    public init(bounded value: some BinaryFloatingPoint) {
        let limit = 9_007_199_254_740_992.0
        self = value.isNaN ? 0 : Int(Swift.max(-limit, Swift.min(limit, Double(value))))
    }
}
