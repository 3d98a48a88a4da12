import Testing

@Suite struct KimiAudioSmokeTests {
    @Test func builds() { #expect(Bool(true)) }
}
