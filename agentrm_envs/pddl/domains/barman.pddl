; A barman with two hands mixes cocktails of two ingredients each in a shaker.
; Predicate and action names are AgentBoard's, because texts and prompts use them.
(define (domain barman-bar)
  (:requirements :strips :typing)
  (:types
    container beverage dispenser hand level - object
    shaker shot - container
    cocktail ingredient - beverage)
  (:predicates
    (cocktail-part1 ?mix - cocktail ?part - ingredient)
    (cocktail-part2 ?mix - cocktail ?part - ingredient)
    (dispenses ?tap - dispenser ?part - ingredient)
    (handempty ?hand - hand)
    (holding ?hand - hand ?vessel - container)
    (ontable ?vessel - container)
    (clean ?vessel - container)
    (empty ?vessel - container)
    (contains ?vessel - container ?drink - beverage)
    (used ?vessel - container ?drink - beverage)      ; not cleaned since
    (next ?below - level ?above - level)
    (shaker-empty-level ?mixer - shaker ?bottom - level)
    (shaker-level ?mixer - shaker ?mark - level)
    (unshaked ?mixer - shaker)
    (shaked ?mixer - shaker))

  ; taking and leaving
  (:action grasp
    :parameters (?hand - hand ?vessel - container)
    :precondition (and (handempty ?hand) (ontable ?vessel))
    :effect (and (not (handempty ?hand)) (not (ontable ?vessel)) (holding ?hand ?vessel)))
  (:action leave
    :parameters (?hand - hand ?vessel - container)
    :precondition (holding ?hand ?vessel)
    :effect (and (not (holding ?hand ?vessel)) (ontable ?vessel) (handempty ?hand)))

  ; shot glasses
  (:action fill-shot
    :parameters (?glass - shot ?part - ingredient ?hand - hand ?other - hand ?tap - dispenser)
    :precondition (and (clean ?glass) (empty ?glass) (holding ?hand ?glass)
                       (handempty ?other) (dispenses ?tap ?part))
    :effect (and (not (clean ?glass)) (not (empty ?glass))
                 (contains ?glass ?part) (used ?glass ?part)))
  (:action refill-shot
    :parameters (?glass - shot ?part - ingredient ?hand - hand ?other - hand ?tap - dispenser)
    :precondition (and (used ?glass ?part) (empty ?glass) (holding ?hand ?glass)
                       (handempty ?other) (dispenses ?tap ?part))
    :effect (and (not (empty ?glass)) (contains ?glass ?part)))
  (:action empty-shot
    :parameters (?hand - hand ?glass - shot ?drink - beverage)
    :precondition (and (contains ?glass ?drink) (holding ?hand ?glass))
    :effect (and (not (contains ?glass ?drink)) (empty ?glass)))
  (:action clean-shot
    :parameters (?glass - shot ?drink - beverage ?hand - hand ?other - hand)
    :precondition (and (used ?glass ?drink) (empty ?glass) (holding ?hand ?glass)
                       (handempty ?other))
    :effect (and (not (used ?glass ?drink)) (clean ?glass)))

  ; the shaker
  (:action pour-shot-to-clean-shaker
    :parameters (?glass - shot ?part - ingredient ?mixer - shaker ?hand - hand
                 ?mark - level ?higher - level)
    :precondition (and (clean ?mixer) (empty ?mixer) (contains ?glass ?part)
                       (holding ?hand ?glass) (shaker-level ?mixer ?mark) (next ?mark ?higher))
    :effect (and (not (clean ?mixer)) (not (empty ?mixer)) (not (contains ?glass ?part))
                 (not (shaker-level ?mixer ?mark)) (shaker-level ?mixer ?higher)
                 (contains ?mixer ?part) (empty ?glass) (unshaked ?mixer)))
  (:action pour-shot-to-used-shaker
    :parameters (?glass - shot ?part - ingredient ?mixer - shaker ?hand - hand
                 ?mark - level ?higher - level)
    :precondition (and (unshaked ?mixer) (contains ?glass ?part)
                       (holding ?hand ?glass) (shaker-level ?mixer ?mark) (next ?mark ?higher))
    :effect (and (not (contains ?glass ?part)) (not (shaker-level ?mixer ?mark))
                 (shaker-level ?mixer ?higher) (contains ?mixer ?part) (empty ?glass)))
  (:action shake
    :parameters (?mix - cocktail ?first - ingredient ?second - ingredient ?mixer - shaker
                 ?hand - hand ?other - hand)
    :precondition (and (cocktail-part1 ?mix ?first) (cocktail-part2 ?mix ?second)
                       (contains ?mixer ?first) (contains ?mixer ?second) (unshaked ?mixer)
                       (holding ?hand ?mixer) (handempty ?other))
    :effect (and (not (unshaked ?mixer)) (not (contains ?mixer ?first))
                 (not (contains ?mixer ?second)) (contains ?mixer ?mix) (shaked ?mixer)))
  (:action pour-shaker-to-shot
    :parameters (?drink - beverage ?glass - shot ?hand - hand ?mixer - shaker
                 ?mark - level ?lower - level)
    :precondition (and (shaked ?mixer) (contains ?mixer ?drink) (holding ?hand ?mixer)
                       (clean ?glass) (empty ?glass)
                       (shaker-level ?mixer ?mark) (next ?lower ?mark))
    :effect (and (not (clean ?glass)) (not (empty ?glass)) (contains ?glass ?drink)
                 (not (shaker-level ?mixer ?mark)) (shaker-level ?mixer ?lower)))
  (:action empty-shaker
    :parameters (?hand - hand ?mixer - shaker ?mix - cocktail ?mark - level ?bottom - level)
    :precondition (and (shaked ?mixer) (contains ?mixer ?mix) (holding ?hand ?mixer)
                       (shaker-level ?mixer ?mark) (shaker-empty-level ?mixer ?bottom))
    :effect (and (not (shaked ?mixer)) (not (contains ?mixer ?mix))
                 (not (shaker-level ?mixer ?mark)) (shaker-level ?mixer ?bottom)
                 (empty ?mixer)))
  (:action clean-shaker
    :parameters (?hand - hand ?other - hand ?mixer - shaker)
    :precondition (and (empty ?mixer) (holding ?hand ?mixer) (handempty ?other))
    :effect (clean ?mixer)))
