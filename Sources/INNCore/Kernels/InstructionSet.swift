import CKernels

/// The instruction set that the C kernels run with; `INN_SIMD` in the environment forces one.
public enum InstructionSet {
    /// Names that this machine can run, best first, always ending with `reference`.
    public static var available: [String] {
        String(cString: inn_available_instruction_sets()).split(separator: " ").map(String.init)
    }

    public static var current: String { String(cString: inn_instruction_set()) }

    /// Forces an instruction set; not while kernels run.
    ///
    /// - Throws: ``INNError`` when this machine cannot run it.
    public static func select(_ name: String) throws {
        guard inn_select_instruction_set(name) != 0 else {
            throw INNError(
                .usage,
                """
                This machine cannot run the instruction set “\(name)”; choose one of \
                \(available.joined(separator: ", ")).
                """
            )
        }
    }
}
