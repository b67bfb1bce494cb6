// Everything without a terminal, in one import.
@_exported import INNAnalysis
@_exported import INNCore
@_exported import INNData
@_exported import INNDevice
@_exported import INNEvaluation
@_exported import INNStore
@_exported import INNTraining
