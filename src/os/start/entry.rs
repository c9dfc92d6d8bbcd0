//! Where the release artefact begins: it puts its pointers right, and goes on to the C library.
//!
//! A program that is loaded at another address each time holds pointers that are right only once that address is added,
//! some 5,600 of them here. musl's own start looks at each of the 12,000 places between the first and the last: 75,000 of
//! the 122,000 instructions of a hit. This one goes from pointer to pointer.
//!
//! It is used where the linker is told to begin here (`just dist`), and is left out elsewhere. Nothing on the way to the
//! C library may need a pointer that is not yet right: no call by a table, no text that is kept in one, no panic.

use core::arch::{asm, naked_asm};
use core::ffi::{c_char, c_int};

/// How the linker orders the program: it is linked again where that has changed.
const _: &str = include_str!("order.ld");

/// The first instruction of the process. The kernel leaves on the stack what `main` is told of.
#[unsafe(naked)]
#[unsafe(no_mangle)]
extern "C" fn tok_entry() -> ! {
    naked_asm!(
        // The outermost frame: whoever follows the stack ends here.
        "xor ebp, ebp",
        "mov rdi, rsp",
        ".hidden _DYNAMIC",
        "lea rsi, [rip + _DYNAMIC]",
        "and rsp, -16",
        "call {begin}",
        "ud2",
        begin = sym begin,
    )
}

/// A word of the program's image: an address, or a distance.
type Word = usize;

/// An entry of the dynamic section (`Elf64_Dyn`): what it is, and its value.
type Dynamic = [Word; 2];

/// Pointers of which each entry names its place and what the address is added to (`Elf64_Rela`), and their bytes.
const DT_RELA: Word = 7;
const DT_RELASZ: Word = 8;
/// Pointers whose places are packed, and which hold what the address is added to; and the bytes of the places.
const DT_RELR: Word = 36;
const DT_RELRSZ: Word = 35;

/// The only kind of `Elf64_Rela` that a program without libraries needs.
const R_X86_64_RELATIVE: Word = 8;

/// What the image begins with (`Elf64_Ehdr`).
#[repr(C)]
struct Header {
    identity: [u8; 16],
    kind: u16,
    machine: u16,
    version: u32,
    entry: Word,
    segments: Word,
    sections: Word,
    flags: u32,
    size: u16,
    segment_size: u16,
    segment_count: u16,
}

/// An image that may be at any address.
const ET_DYN: u16 = 3;

/// A program header (`Elf64_Phdr`).
#[repr(C)]
struct Segment {
    kind: u32,
    flags: u32,
    offset: Word,
    address: Word,
    physical: Word,
    file_size: Word,
    size: Word,
    alignment: Word,
}

/// What is to be protected once its pointers are right.
const PT_GNU_RELRO: u32 = 0x6474_e552;

const PAGE: Word = 4096;

type Main = extern "C" fn(c_int, super::Argv, super::Envp) -> c_int;

unsafe extern "C" {
    safe fn main(count: c_int, words: super::Argv, variables: super::Envp) -> c_int;
    /// musl's; the last three are for those who link to it from outside, and it looks at none of them.
    fn __libc_start_main(
        main: Main,
        count: c_int,
        words: *const *const c_char,
        _: Word,
        _: Word,
        _: Word,
    ) -> !;
}

/// Puts the pointers right and hands over to the C library.
///
/// # Safety
/// It is called once, with the stack as the kernel left it, and the dynamic section.
unsafe extern "C" fn begin(stack: *const c_int, dynamic: *const Dynamic) -> ! {
    let image = Image::ours();
    // SAFETY: the caller's promise. The stack holds the number of words, in eight bytes, and then the words.
    unsafe {
        image.fetch_pointers();
        image.relocate(dynamic);
        __libc_start_main(main, *stack, stack.add(2).cast(), 0, 0, 0)
    }
}

/// Has the kernel refuse to write to the pointers, which are right now: a loader does that for the programs it loads,
/// musl for nobody. Where it cannot be done nothing is lost but that.
pub(super) fn protect() {
    if let Some((begin, end)) = Image::ours().pointers() {
        let end = end & !(PAGE - 1);
        // SAFETY: what the linker marks so is written to by whoever puts the pointers right, which is done.
        unsafe { libc::mprotect(begin as *mut libc::c_void, end - begin, libc::PROT_READ) };
    }
}

/// The program in memory: where it begins.
#[derive(Clone, Copy)]
struct Image(Word);

impl Image {
    /// Asked so that no pointer is needed for it.
    fn ours() -> Self {
        let begin;
        // SAFETY: it only counts on from where this instruction is.
        unsafe {
            asm!(
                ".hidden __ehdr_start",
                "lea {}, [rip + __ehdr_start]",
                out(reg) begin,
                options(pure, nomem, nostack, preserves_flags),
            );
        }
        Self(begin)
    }

    /// What is so far behind its beginning.
    fn at<T>(self, distance: Word) -> *mut T {
        self.0.wrapping_add(distance) as *mut T
    }

    /// The address of what is so far behind its beginning.
    fn address(self, distance: Word) -> Word {
        self.0.wrapping_add(distance)
    }

    /// Puts the pointers right.
    ///
    /// # Safety
    /// It is called once, with the dynamic section.
    unsafe fn relocate(self, mut dynamic: *const Dynamic) {
        let (mut named, mut named_bytes, mut packed, mut packed_bytes) = (0, 0, 0, 0);
        // SAFETY: a null tag ends the section; each list has the bytes that are said of it, and names places of the image.
        unsafe {
            loop {
                let [tag, value] = *dynamic;
                match tag {
                    0 => break,
                    DT_RELA => named = value,
                    DT_RELASZ => named_bytes = value,
                    DT_RELR => packed = value,
                    DT_RELRSZ => packed_bytes = value,
                    _ => {}
                }
                dynamic = dynamic.add(1);
            }
            let (mut entry, end) = (
                self.at::<[Word; 3]>(named),
                self.at(named.wrapping_add(named_bytes)),
            );
            while entry < end {
                let [place, kind, addend] = *entry;
                if kind == R_X86_64_RELATIVE {
                    *self.at(place) = self.address(addend);
                }
                entry = entry.add(1);
            }
            let (mut entry, end) = (
                self.at::<Word>(packed),
                self.at(packed.wrapping_add(packed_bytes)),
            );
            let mut place = self.at::<Word>(0);
            while entry < end {
                if *entry & 1 == 0 {
                    // The place of a pointer, after which the next entries go on.
                    place = self.at(*entry);
                    *place = self.address(*place);
                    place = place.add(1);
                } else {
                    // Which of the next 63 words are pointers.
                    let mut left = *entry >> 1;
                    while left != 0 {
                        let pointer = place.add(left.trailing_zeros() as usize);
                        *pointer = self.address(*pointer);
                        left &= left - 1;
                    }
                    place = place.add(63);
                }
                entry = entry.add(1);
            }
        }
    }

    /// Where the pointers that are to be read-only are: the page on which they begin, and their end. `None`: there are none,
    /// or this is no image that may be at any address.
    fn pointers(self) -> Option<(Word, Word)> {
        // SAFETY: an image begins with its header, and that says where its program headers are and how many.
        unsafe {
            let header = &*self.at::<Header>(0);
            let mut segment = self.at::<Segment>(header.segments);
            let end = segment.add(header.segment_count as usize);
            while segment < end && header.kind == ET_DYN {
                let Segment {
                    kind,
                    address,
                    size,
                    ..
                } = *segment;
                if kind == PT_GNU_RELRO {
                    return Some((
                        self.address(address) & !(PAGE - 1),
                        self.address(address.wrapping_add(size)),
                    ));
                }
                segment = segment.add(1);
            }
        }
        None
    }

    /// Has the kernel copy the pages that will be written to in one go, which takes it a third less than one after the
    /// other as each is touched: a thirtieth of a hit. A kernel before 5.14 does not know the call, and nothing is lost.
    fn fetch_pointers(self) {
        if let Some((begin, end)) = self.pointers() {
            // SAFETY: the call changes nothing that can be seen. The C library cannot be asked: it is not ready.
            unsafe {
                asm!(
                    "syscall",
                    inlateout("rax") libc::SYS_madvise => _,
                    in("rdi") begin,
                    in("rsi") end - begin,
                    in("rdx") libc::MADV_POPULATE_WRITE as Word,
                    lateout("rcx") _,
                    lateout("r11") _,
                    options(nostack, preserves_flags),
                );
            }
        }
    }
}
