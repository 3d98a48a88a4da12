import Testing

@Suite struct AudioSmokeTests {
    @Test func builds() { #expect(Bool(true)) }
}
