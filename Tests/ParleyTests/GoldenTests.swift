import Foundation
import Synchronization
import TestSupport
import Testing

@testable import parley

/// Every case of the recorded set through the program's own verifier.
@Suite(.serialized) struct GoldenTests {
    /// The set with its loaded stages, for one case at a time.
    private static let shared = Mutex<GoldenSet?>(nil)

    private static let ids = (try? GoldenSet(folder: Fixtures.golden, threads: 1).cases.map(\.id)) ?? []

    @Test func theSetIsWhole() { #expect(Self.ids.count == 133) }

    @Test(arguments: ids) func passes(_ id: String) throws {
        let result = try Self.shared.withLock { shared in
            let set = try shared ?? GoldenSet(folder: Fixtures.golden)
            shared = set
            return set.cases.first { $0.id == id }.map(set.run)
        }
        let found = try #require(result)
        #expect(found.passed, "\(found.detail)")
    }
}
