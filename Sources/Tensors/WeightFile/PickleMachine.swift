/// Reads the pickle of a PyTorch file: only the instructions and globals that weight files have (spec 12.3).
///
/// A pickle is a program for a stack machine that can call anything. This machine can only build plain values and describe
/// tensors; a global outside `PickleGlobal` ends it with an error that names the global, an unknown instruction likewise.
struct PickleMachine {
    private(set) var heap = PickleHeap()
    private var stack: [PickleValue] = []
    private var marks: [Int] = []
    private var memo: [UInt32: PickleValue] = [:]
    private var input: ByteCursor
    private let file: String

    /// Runs the whole program; the result is the value it leaves.
    static func run(_ bytes: UnsafeRawBufferPointer, file: String) throws -> (PickleValue, PickleHeap) {
        do {
            var machine = PickleMachine(input: try ByteCursor(bytes), file: file)
            while try machine.step() {}
            return (try machine.pop(), machine.heap)
        } catch let ended as ByteCursor.Ended {
            throw WeightFileError.malformed(file: file, reason: "its pickle ends early at byte \(ended.offset)")
        }
    }

    private init(input: ByteCursor, file: String) {
        self.input = input
        self.file = file
    }

    private func bad(_ reason: String) -> WeightFileError {
        .malformed(file: file, reason: "\(reason) at byte \(input.offset) of its pickle")
    }

    /// One instruction.
    ///
    /// False after the last.
    private mutating func step() throws -> Bool {
        let code = try input.byte()
        switch code {
        case UInt8(ascii: "."): return false
        case 0x80: try protocolVersion()
        case 0x95: try input.skip(8)  // FRAME: a length we do not need
        case UInt8(ascii: "("): marks.append(stack.count)
        case UInt8(ascii: "c"): try pushGlobal(module: line(), name: line())
        case 0x93: try stackGlobal()
        case UInt8(ascii: "i"): try refuseInstance()
        case UInt8(ascii: "R"): try reduce()
        case UInt8(ascii: "b"): try build()
        case UInt8(ascii: "Q"): try push(persistent())
        case UInt8(ascii: "q"): try remember(UInt32(input.byte()))
        case UInt8(ascii: "r"): try remember(input.number(UInt32.self))
        case 0x94: try remember(UInt32(memo.count))  // MEMOIZE
        case UInt8(ascii: "h"): try pushRemembered(UInt32(input.byte()))
        case UInt8(ascii: "j"): try pushRemembered(input.number(UInt32.self))
        default:
            if try pushPlain(code) { return true }
            if try pushContainer(code) { return true }
            throw bad("instruction \(code) (\(Self.character(code))) is not one that weight files have")
        }
        return true
    }

    /// How the tables of pickle instructions show one.
    private static func character(_ code: UInt8) -> String {
        (0x21..<0x7F).contains(code) ? String(UnicodeScalar(code)) : "0x" + String(code, radix: 16)
    }

    private mutating func protocolVersion() throws {
        let version = try input.byte()
        guard (2...5).contains(version) else { throw bad("protocol \(version) is unknown") }
    }

    // MARK: plain values

    private mutating func pushPlain(_ code: UInt8) throws -> Bool {
        switch code {
        case UInt8(ascii: "N"): push(.none)
        case 0x88: push(.bool(true))
        case 0x89: push(.bool(false))
        case UInt8(ascii: "J"): push(.integer(Int(try input.number(Int32.self))))
        case UInt8(ascii: "K"): push(.integer(Int(try input.byte())))
        case UInt8(ascii: "M"): push(.integer(Int(try input.number(UInt16.self))))
        case 0x8A: push(.integer(try longInteger()))
        case UInt8(ascii: "G"): push(.float(Double(bitPattern: try input.number(UInt64.self).byteSwapped)))
        case UInt8(ascii: "X"): push(.text(try text(Int(input.number(UInt32.self)))))
        case 0x8C: push(.text(try text(Int(input.byte()))))  // SHORT_BINUNICODE
        default: return false
        }
        return true
    }

    /// LONG1: a little-endian two's complement number of any length; ours has at most 8 bytes.
    private mutating func longInteger() throws -> Int {
        let bytes = try input.take(Int(input.byte()))
        guard bytes.count <= 8 else { throw bad("an integer of \(bytes.count) bytes") }
        var value: UInt64 = (bytes.last ?? 0) >= 0x80 ? .max : 0
        for byte in bytes.reversed() { value = value << 8 | UInt64(byte) }
        return Int(Int64(bitPattern: value))
    }

    private mutating func text(_ count: Int) throws -> String {
        guard let text = try input.text(count) else { throw bad("text that is not UTF-8") }
        return text
    }

    /// The text up to the next line feed, as GLOBAL has it.
    private mutating func line() throws -> String {
        var line: [UInt8] = []
        while true {
            let byte = try input.byte()
            if byte == UInt8(ascii: "\n") { break }
            line.append(byte)
            if line.count > 200 { throw bad("a name longer than 200 bytes") }
        }
        return String(decoding: line, as: UTF8.self)
    }

    // MARK: containers

    private mutating func pushContainer(_ code: UInt8) throws -> Bool {
        switch code {
        case UInt8(ascii: "}"): pushDictionary()
        case UInt8(ascii: "]"):
            heap.lists.append([])
            push(.list(heap.lists.count - 1))
        case UInt8(ascii: ")"): pushTuple([])
        case 0x85, 0x86, 0x87: pushTuple(try pop(Int(code - 0x84)))
        case UInt8(ascii: "t"): pushTuple(try popToMark())
        case UInt8(ascii: "a"): try append([pop()])
        case UInt8(ascii: "e"): try append(popToMark())
        case UInt8(ascii: "s"): try set(pop(2))
        case UInt8(ascii: "u"): try set(popToMark())
        default: return false
        }
        return true
    }

    private mutating func pushDictionary() {
        heap.dictionaries.append([:])
        push(.dictionary(heap.dictionaries.count - 1))
    }

    private mutating func pushTuple(_ items: [PickleValue]) {
        heap.tuples.append(items)
        push(.tuple(heap.tuples.count - 1))
    }

    private mutating func append(_ items: [PickleValue]) throws {
        guard case .list(let index)? = stack.last else { throw bad("an item without a list") }
        heap.lists[index].append(contentsOf: items)
    }

    /// Keys and values in turn.
    ///
    /// Keys that are neither text nor integer are dropped: no tensor is reached by them.
    private mutating func set(_ items: [PickleValue]) throws {
        guard case .dictionary(let index)? = stack.last, items.count % 2 == 0 else {
            throw bad("an item without a dictionary")
        }
        for pair in stride(from: 0, to: items.count, by: 2) {
            switch items[pair] {
            case .text(let key): heap.dictionaries[index][key] = items[pair + 1]
            case .integer(let key): heap.dictionaries[index][String(key)] = items[pair + 1]
            default: continue
            }
        }
    }

    // MARK: stack and memo

    private mutating func push(_ value: PickleValue) { stack.append(value) }

    /// The topmost value; never one below the last mark.
    private mutating func pop() throws -> PickleValue {
        guard stack.count > marks.last ?? 0, let value = stack.popLast() else { throw bad("an empty stack") }
        return value
    }

    private mutating func pop(_ count: Int) throws -> [PickleValue] {
        guard stack.count - count >= marks.last ?? 0 else { throw bad("an empty stack") }
        defer { stack.removeLast(count) }
        return Array(stack.suffix(count))
    }

    private mutating func popToMark() throws -> [PickleValue] {
        guard let mark = marks.popLast() else { throw bad("a missing mark") }
        defer { stack.removeLast(stack.count - mark) }
        return Array(stack[mark...])
    }

    private mutating func remember(_ index: UInt32) throws {
        guard let value = stack.last else { throw bad("an empty stack") }
        memo[index] = value
    }

    private mutating func pushRemembered(_ index: UInt32) throws {
        guard let value = memo[index] else { throw bad("memo \(index), which was never set,") }
        push(value)
    }

    // MARK: globals and tensors

    private mutating func pushGlobal(module: String, name: String) throws {
        guard let global = PickleGlobal(module: module, name: name) else {
            throw WeightFileError.forbiddenGlobal(file: file, name: "\(module).\(name)")
        }
        push(.global(global))
    }

    /// INST makes an object of a class, as no weight file does; a class that is refused anyway is named.
    private mutating func refuseInstance() throws {
        try pushGlobal(module: line(), name: line())
        throw bad("an object instead of a call")
    }

    private mutating func stackGlobal() throws {
        let names = try pop(2)
        guard case .text(let module) = names[0], case .text(let name) = names[1] else { throw bad("a nameless global") }
        try pushGlobal(module: module, name: name)
    }

    /// A "call" of one of the known globals with a tuple of arguments.
    private mutating func reduce() throws {
        guard case .tuple(let index) = try pop(), case .global(let callee) = try pop() else {
            throw bad("a call of something that is not a function")
        }
        let arguments = heap.tuples[index]
        switch callee {
        case .orderedDictionary where arguments.isEmpty: pushDictionary()
        case .rebuildParameter where !arguments.isEmpty:
            guard case .tensor = arguments[0] else { throw bad("a parameter that is not a tensor") }
            push(arguments[0])
        case .rebuildTensor where arguments.count >= 4: try rebuildTensor(arguments)
        default: throw bad("a call with the wrong arguments")
        }
    }

    /// `_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks)`, in numbers.
    private mutating func rebuildTensor(_ arguments: [PickleValue]) throws {
        guard case .storage(let index) = arguments[0], case .integer(let offset) = arguments[1],
            let shape = integers(arguments[2]), let strides = integers(arguments[3])
        else { throw bad("a tensor with the wrong arguments") }
        guard let tensor = PickleTensor(heap.storages[index], offset: offset, shape: shape, strides: strides) else {
            throw bad(
                "a tensor of shape \(shape) that does not fit its storage of \(heap.storages[index].count) numbers")
        }
        heap.tensors.append(tensor)
        push(.tensor(heap.tensors.count - 1))
    }

    private func integers(_ value: PickleValue) -> [Int]? {
        guard case .tuple(let index) = value, heap.tuples[index].count <= 16 else { return nil }
        var result: [Int] = []
        for item in heap.tuples[index] {
            guard case .integer(let number) = item else { return nil }
            result.append(number)
        }
        return result
    }

    /// BUILD gives an ordered dictionary attributes (a state dict's `_metadata`), which are dropped.
    private mutating func build() throws {
        _ = try pop()
        guard case .dictionary? = stack.last else { throw bad("attributes for something that is not a dictionary") }
    }

    /// BINPERSID: `("storage", class, key, location, count)`.
    private mutating func persistent() throws -> PickleValue {
        guard case .tuple(let index) = try pop(), heap.tuples[index].count >= 5 else {
            throw bad("a storage without description")
        }
        let items = heap.tuples[index]
        guard case .text("storage") = items[0], case .global(.storage(let element)) = items[1],
            case .text(let key) = items[2], case .integer(let count) = items[4], count >= 0
        else { throw bad("a storage with a wrong description") }
        heap.storages.append(PickleStorage(element: element, key: key, count: count))
        return .storage(heap.storages.count - 1)
    }
}
