/// Cuts a long recording at its pauses into pieces that the model hears one at a time.
///
/// Pure and deterministic: the same samples give the same pieces.
public struct SpeechSegmenter: Sendable {
    /// Longest piece in seconds.
    ///
    /// 28 rather than the encoders' 30: a cut never needs a second piece of 30 s for a few samples.
    public var longestSeconds: Double
    /// A pause longer than this in seconds always ends a piece.
    public var longestPauseSeconds: Double
    /// Silence in seconds that stays at each side of a piece: soft beginnings and ends of words lie below the threshold.
    public var marginSeconds = 0.2
    /// How pauses are found.
    public var finder = PauseFinder()

    /// A segmenter for pieces of at most `longestSeconds`.
    public init(longestSeconds: Double = 28, longestPauseSeconds: Double = 2) {
        precondition(longestSeconds >= 1 && longestPauseSeconds > 0)
        self.longestSeconds = longestSeconds
        self.longestPauseSeconds = longestPauseSeconds
    }

    /// Ranges of samples, in order and without overlap, none longer than `longestSeconds`.
    ///
    /// A recording that is short enough is one piece, as it is. In a longer one stretches without speech belong to no piece; there
    /// may be none at all.
    public func segments(_ samples: [Float], sampleRate: Int) -> [Range<Int>] {
        if samples.isEmpty { return [] }
        if Double(samples.count) <= longestSeconds * Double(sampleRate) { return [0..<samples.count] }
        let levels = PauseFinder.levels(samples, sampleRate: sampleRate)
        let pauses = finder.pauses(levels)
        let size = max(1, sampleRate / PauseFinder.frameRate)
        return stretches(pauses, frames: levels.count)
            .flatMap { cut($0, pauses, levels, longest: Int(longestSeconds * Double(sampleRate)) / size) }
            .map { $0.lowerBound * size..<min($0.upperBound * size, samples.count) }
    }

    private var margin: Int { Int(marginSeconds * Double(PauseFinder.frameRate)) }

    /// Ranges of frames between long pauses, with their margins.
    private func stretches(_ pauses: [Range<Int>], frames: Int) -> [Range<Int>] {
        let long = longestPauseSeconds * Double(PauseFinder.frameRate)
        var found: [Range<Int>] = []
        var start = 0
        for pause in pauses where Double(pause.count) > long || pause.lowerBound == 0 || pause.upperBound == frames {
            if pause.lowerBound > start { found.append(start..<pauseEdges(pause).end) }
            start = pause.upperBound == frames ? frames : pauseEdges(pause).begin
        }
        if start < frames { found.append(start..<frames) }
        return found
    }

    /// Where the piece before a pause ends and the one behind it begins.
    private func pauseEdges(_ pause: Range<Int>) -> (end: Int, begin: Int) {
        let kept = min(margin, pause.count / 2)
        return (pause.lowerBound + kept, pause.upperBound - kept)
    }

    /// Cuts one stretch: at the longest pause of the second half of what fits; failing that of the first half; failing that where
    /// the sound is softest.
    private func cut(_ stretch: Range<Int>, _ pauses: [Range<Int>], _ levels: [Double], longest: Int) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var start = stretch.lowerBound
        while stretch.upperBound - start > longest {
            let middle = start + longest / 2
            let latest = start + longest
            let inside = pauses.filter { $0.lowerBound > start + margin && pauseEdges($0).end <= latest }
            let late = inside.filter { $0.lowerBound >= middle }
            if let pause = (late.isEmpty ? inside : late).max(by: { $0.count < $1.count }) {
                found.append(start..<pauseEdges(pause).end)
                start = pauseEdges(pause).begin
            } else {
                let softest = (middle..<latest).min { levels[$0] < levels[$1] } ?? latest
                found.append(start..<softest)
                start = softest
            }
        }
        found.append(start..<stretch.upperBound)
        return found
    }
}
