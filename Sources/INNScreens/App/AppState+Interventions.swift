import INNKit

extension AppState {
    /// Whether an active intervention acts on this neuron.
    func isChanged(neuron: Int) -> Bool {
        false
    }

    /// A neuron's label, marked when an intervention acts on it.
    func marked(_ label: String) -> String { Int(label).map(isChanged) == true ? "✖" + label : label }
}
