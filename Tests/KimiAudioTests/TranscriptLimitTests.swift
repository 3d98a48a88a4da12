import Testing

@testable import KimiAudio

@Suite struct TranscriptLimitTests {
    @Test func aPhraseThatGoesRoundComesOnce() {
        #expect(TranscriptLimit.withoutCircles("call the the the the") == "call the")
        let circle = "what is the capital of what is the capital of what is the capital of what is th"
        #expect(TranscriptLimit.withoutCircles(circle) == "what is the capital of")
        #expect(TranscriptLimit.withoutCircles("Well, no. And so. And so. And so. And") == "Well, no. And so.")
        #expect(TranscriptLimit.withoutCircles("好的好的好的好") == "好的")
    }

    @Test func otherTextsStayAsTheyAre() {
        for text in ["", "no", "no no", "it is what it is", "one two three one two three", "  spaces around "] {
            #expect(TranscriptLimit.withoutCircles(text) == text)
        }
    }

    @Test func onlyATranscriptThatRanIntoItsLimitIsCut() {
        var reply = Reply()
        reply.text = "no no no no"
        #expect(TranscriptLimit.text(of: reply) == "no no no no")
        reply.finish = .length
        #expect(TranscriptLimit.text(of: reply) == "no")
    }

    @Test func theLimitGrowsWithTheSpeech() {
        #expect(TranscriptLimit.steps(samples: 0) == 8)
        #expect(TranscriptLimit.steps(samples: 1) == 9)
        #expect(TranscriptLimit.steps(samples: 16_000) == 21)
    }
}
