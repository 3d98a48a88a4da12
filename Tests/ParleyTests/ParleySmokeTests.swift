import Testing

@Suite struct ParleySmokeTests {
    @Test func builds() { #expect(Bool(true)) }
}
