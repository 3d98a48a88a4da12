import Testing

@Suite struct TensorsSmokeTests {
    @Test func builds() { #expect(Bool(true)) }
}
