//! Processes and orders without the pool that they belong to, and keys beside another.

use super::*;

#[test]
fn an_order_that_does_not_name_the_pool_is_refused_until_the_process_runs_without() {
    let Some(database) = Database::start() else {
        return;
    };
    let mut one = process(&database, "One");
    one.start();
    // Told to stop before it listens for that, it would end as if it had crashed.
    until("it runs", || one.watch("/readyz").0 == 200);
    assert!(one.stop());
    let mut one = one.with("[peers]\ndiscovery = false\n");
    let copy = one.beside("copy.sqlite");
    let backup = ["backup", copy.to_str().unwrap()];
    let said = |order: &[&str]| {
        let refused = one.run(order);
        assert!(!refused.status.success(), "{order:?}");
        String::from_utf8(refused.stderr).unwrap()
    };
    assert!(said(&backup).contains("pg_dump"));
    let asked = said(&["address"]);
    assert!(
        asked.contains("`postgres`") && asked.contains("--config"),
        "{asked}"
    );
    assert!(said(&["run"]).contains("--new-device"));
    assert!(!copy.exists() && !one.folder().join("device.key").exists());

    // Out of the pool again.
    one.start_by(&["run", "--new-device"]);
    assert!(one.order(&backup).starts_with("written to"));
    assert!(one.stop());
    let _ = one.order(&["address"]);
}

/// How many sign receipts, as far as somebody knows.
fn carriers(village: &Village) -> usize {
    let said = village.run(&["receipts"]);
    let view: Value = serde_json::from_slice(&said.stdout).unwrap();
    view["carriers"].as_array().unwrap().len()
}

/// The device that its keys make it.
fn device(gateway: &Gateway) -> Value {
    let file = gateway.beside("keys").join("device.key");
    let file: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    file["device"].clone()
}

#[test]
fn keys_go_on_with_the_pool_that_has_what_they_signed_and_with_no_other() {
    let Some(database) = Database::start() else {
        return;
    };
    let mut amina = person("Amina");
    amina.majlis(&["space", "new", "Ain Safa"]);
    amina.ask_about_water(WHERE);
    let observer = ticket(&amina, "observer");
    amina.serve();
    // It was a gateway before there was a pool.
    let mut one = set(Gateway::new(""), None, "One");
    one.start();
    let said = one.order(&["join", &observer]);
    assert!(said.starts_with("joined Ain Safa"), "{said}");
    until("it has what Amina has, and signed for it", || {
        is_in(&one) && entries(&one) == amina.verified()["entries"] && carriers(&amina) == 1
    });
    assert!(one.stop());
    let own = device(&one);

    // The first start gives the pool what is here; from the second on, the folder may be lost.
    let mut one = set(one, Some(&database), "One");
    let aside = one.beside("aside");
    for time in 1..=2 {
        one.start();
        until("all is in the pool", || {
            one.watch("/readyz").0 == 200 && entries(&one) == in_pool(&database)
        });
        assert!(one.stop());
        if time == 1 {
            std::fs::rename(one.folder(), &aside).unwrap();
            let refused = one.run(&["run"]);
            let said = String::from_utf8(refused.stderr).unwrap();
            assert!(!refused.status.success());
            assert!(said.contains("nothing was changed"), "{said}");
            std::fs::remove_dir_all(one.folder()).unwrap();
            std::fs::rename(&aside, one.folder()).unwrap();
        }
    }
    std::fs::remove_dir_all(one.folder()).unwrap();
    one.start();
    until("it is the member it was", || is_in(&one));
    assert!(one.stop());
    assert_eq!(device(&one), own);

    // Without the pool, and without the folder that would have said so.
    std::fs::remove_dir_all(one.folder()).unwrap();
    let one = set(one, None, "One");
    let refused = one.run(&["run"]);
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success());
    assert!(said.contains("--new-device"), "{said}");
    assert_eq!(device(&one), own);
    let mut one = set(one, Some(&database), "One");
    one.start();
    until("nothing was lost by that", || is_in(&one));
    assert!(one.stop());

    // Given up, the pool is all that knows what the old device signed last.
    let mut one = set(one, None, "One");
    one.start_by(&["run", "--new-device"]);
    assert_ne!(device(&one), own);
    meet(&amina, &one);
    until("it joined again by its ticket", || is_in(&one));
    until("it signs as another", || carriers(&amina) == 2);
    no_alarms(&amina);
    assert!(one.stop());
}
