import INNKit

extension TrainingSession {
    /// A copy of the weights, taken between two steps, or of the final ones once training has come to its end: where a
    /// device was lost, the last that it gave back. Waits for the step in progress.
    ///
    /// - Returns: nil when nobody wants them any more.
    func copyOfWeights(while isWanted: () -> Bool) -> (weights: NetworkWeights, isEnd: Bool)? {
        let request = WeightRequest()
        trainer.control.send(.copyWeights(request))
        while isWanted() {
            if let weights = request.wait(seconds: 0.2) { return (weights, false) }
            if outcome != nil { return (NetworkWeights(trainer.network, step: trainer.weightsStep), true) }
        }
        return nil
    }
}
