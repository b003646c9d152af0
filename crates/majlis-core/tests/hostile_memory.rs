//! What refusing costs: no bomb may make this device build what it claims. Alone in its process,
//! because it counts every byte allocated.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    dead_code,
    reason = "tests say what they expect; the scene is shared with tests that use more of it"
)]

#[path = "hostile/bombs.rs"]
mod bombs;
#[path = "hostile/chunk.rs"]
mod chunk;
#[path = "hostile/scene.rs"]
mod scene;

use majlis_core::consultation::Answer;
use majlis_core::id::{FormId, QuestionId};
use majlis_core::record::{Known, MAX_BATCH, Record, Records, Response, Speaker};
use peak_alloc::PeakAlloc;
use scene::Scene;

#[global_allocator]
static BYTES: PeakAlloc = PeakAlloc;

const MEBIBYTE: usize = 1024 * 1024;

#[test]
fn no_batch_costs_more_memory_than_a_phone_has_to_spare() {
    let scene = Scene::new();
    for (name, batch, reason) in bombs::all(&scene) {
        BYTES.reset_peak_usage();
        let before = BYTES.current_usage();
        let start = std::time::Instant::now();
        assert_eq!(scene.refusal(batch), Some(reason), "{name}");
        let took = start.elapsed();
        let cost = BYTES.peak_usage() - before;
        println!("{name}: {} KiB, {took:?}", cost / 1024);
        assert!(cost < 64 * MEBIBYTE, "{name} costs {cost} bytes");
    }
    // Answers that are all the same take no bits: the most that a few bytes may unfold into.
    for answer in [
        Answer::Choices(vec![1]),
        Answer::Number(1),
        Answer::Text(String::new()),
        Answer::Acknowledged,
        Answer::Sealed(Vec::new()),
        Answer::Rows(vec![Vec::new(); 3]),
    ] {
        let answers = (0..300).map(|_| (QuestionId::from_bytes([3; 8]), answer.clone()));
        let record = Record::Response(Response {
            form: FormId::from_bytes([1; 32]),
            speaker: Speaker::Known(Known::Own {
                supersedes: Vec::new(),
                salt: [2; 8],
            }),
            answers: answers.collect(),
        });
        let records = vec![record; MAX_BATCH];
        let payload = Records { records }.encode();
        BYTES.reset_peak_usage();
        let before = BYTES.current_usage();
        assert!(Records::decode(&payload).is_ok());
        let cost = BYTES.peak_usage() - before;
        println!("{answer:?}: {} bytes, {} KiB", payload.len(), cost / 1024);
        assert!(cost < 64 * MEBIBYTE, "{answer:?} costs {cost} bytes");
    }
    // The largest batch that is let in, for comparison: eight full changes of blocks.
    BYTES.reset_peak_usage();
    let before = BYTES.current_usage();
    let batch = bombs::many_blocks(&scene, 8);
    let start = std::time::Instant::now();
    assert_eq!(scene.refusal(batch), None);
    let cost = BYTES.peak_usage() - before;
    println!(
        "the largest batch: {} KiB, {:?}",
        cost / 1024,
        start.elapsed()
    );
    assert!(cost < 64 * MEBIBYTE, "the largest batch costs {cost} bytes");
}
