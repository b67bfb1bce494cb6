import CEmulatedDevice
import INNCore
import Testing

@testable import INNDevice

/// The same networks with activations of 16 bits.
@Suite struct BfloatNetworkTests {
    @Test(arguments: DeviceNetworkTests.cases) func gradientsAreNearTheHosts(_ example: DeviceNetworkTests.Case) throws
    {
        try DeviceNetworkTests.expectTheHosts(
            example, .bf16, within: .init(loss: 1e-3, gradients: 0.08, memory: 0.01, norm: 0.01))
    }

    @Test(arguments: DeviceNetworkTests.cases)
    func bothOrdersOfWorkItemsGiveTheSameBits(_ example: DeviceNetworkTests.Case) throws {
        try DeviceNetworkTests.expectTheSameBits(example, .bf16)
    }
}
